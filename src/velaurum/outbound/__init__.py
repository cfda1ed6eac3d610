"""What this installation asks of servers that somebody else named: guarded, bounded, and never followed elsewhere."""
