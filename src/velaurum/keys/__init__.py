"""Keys: what seals fields is wrapped by a key that only a provider has (ADR 0053)."""
