"""Webhooks: an organisation's events, told to receivers that it names, by Standard Webhooks 1.0.0."""
