"""Roles: what each may do. Denied unless written here."""

from typing import Literal

Permission = Literal["read", "post", "manage-catalog"]
Role = Literal["org-admin", "storekeeper", "controller", "auditor", "integration"]

# Whoever administers an organisation does not post in it: no one person can invent an item and its stock.
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "org-admin": frozenset({"read", "manage-catalog"}),
    "controller": frozenset({"read", "post", "manage-catalog"}),
    "storekeeper": frozenset({"read", "post"}),
    "integration": frozenset({"read", "post"}),
    "auditor": frozenset({"read"}),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS.get(role, frozenset())


def who_may(permission: Permission) -> list[Role]:
    """Return the roles that have a permission, for an answer that says whom to ask."""
    return [role for role, permissions in PERMISSIONS.items() if permission in permissions]
