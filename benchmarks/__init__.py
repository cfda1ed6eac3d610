"""How fast the ledger is, as ratios to raw PostgreSQL measured in the same run on the same server."""
