"""The HTTP surface: bytes in, ledger verbs called, problem documents out."""
