"""Organisations, and the context in which everything happens."""
