"""The composition root: settings, wiring, command line, logging and the demo."""
