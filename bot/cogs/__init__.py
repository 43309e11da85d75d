"""One cog per subject: what members may ask the bot, each a thin layer over archive and renderers."""
