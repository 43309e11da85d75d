"""What is kept: tables, engine and session, migrations, and the queries over them."""
