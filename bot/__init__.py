"""Discord in, Discord out: thin cogs, pure renderers, and the announcement of an issue, once per channel."""
