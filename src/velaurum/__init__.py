"""Velaurum: an audit-grade ledger for physical stock and assets."""

__version__ = "0.1.0"
