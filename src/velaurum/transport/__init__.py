"""How messages of the log reach whoever works on them: one port, and what carries it."""
