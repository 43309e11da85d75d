"""The pipeline from an edition file to recorded deliveries; knows no SMTP, no discord.py and no aiohttp."""
