"""Reports: tables about the ledger as of one log size, a page at a time or as a whole file (V-21)."""
