"""Three sample issues; the demo shows them."""
