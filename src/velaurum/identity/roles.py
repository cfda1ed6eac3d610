"""Roles: data of each organisation. What they are made of, permissions, is the product's. Denied unless given."""

from typing import Literal

Permission = Literal["read", "post", "approve", "manage-catalog", "manage-identity", "read-assurance"]

# What a session may do with itself; it takes no role.
OwnSession = Literal["own-session"]

# The roles that every organisation is born with; sql/routines/16_roles.sql says what each may do.
Role = Literal["org-admin", "storekeeper", "controller", "auditor", "integration"]
