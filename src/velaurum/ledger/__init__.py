"""The ledger: movements, and the balances that follow from them."""
