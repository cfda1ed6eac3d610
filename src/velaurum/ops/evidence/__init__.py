"""Evidence: what `velaurum verify db` reads of an installation's database, and what it finds there (V-20, V-22)."""
