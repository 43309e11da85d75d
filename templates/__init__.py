"""The Jinja2 templates of mail, pages and demo; no logic beyond loops and conditions."""
