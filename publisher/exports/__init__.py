"""Writes what was published as citations, in the formats that reference managers and LaTeX read."""
