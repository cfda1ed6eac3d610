"""Proof formats: bytes that software of others reads too. Knows no database, no network and no clock."""
