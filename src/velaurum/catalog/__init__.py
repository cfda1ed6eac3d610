"""What there is, and where it can be: items and locations."""
