"""Counts: what people found at a place, approved by somebody else and posted as adjustments (V-20)."""
