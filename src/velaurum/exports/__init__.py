"""Exports: what a reader without server, database or network can find out about a log that was handed over."""
