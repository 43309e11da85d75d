"""The public pages: archive, search, subscription, unsubscription, feed and health."""
