"""The signed log of each organisation: what was recorded, in one order, for anyone to check."""
