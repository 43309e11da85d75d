"""The formats in which an edition can be read."""
