"""Topics: a taxonomy that an editor may change, and rules that propose what an entry is about."""
