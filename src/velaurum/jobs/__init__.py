"""Work in the background: what was asked for, by whom, and how far it is."""
