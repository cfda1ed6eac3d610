"""Roles: what each may do. Denied unless written here."""

from typing import Literal

Permission = Literal["read", "post", "manage-catalog"]
Role = Literal["org-admin", "storekeeper", "controller", "auditor", "integration"]

# Nobody both makes items and posts them: no one credential can invent an item and its stock (ADR 0013).
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "org-admin": frozenset({"read", "manage-catalog"}),
    "controller": frozenset({"read", "post"}),
    "storekeeper": frozenset({"read", "post"}),
    "integration": frozenset({"read", "post"}),
    "auditor": frozenset({"read"}),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS.get(role, frozenset())


def who_may(permission: Permission) -> list[Role]:
    """Return the roles that have a permission, for an answer that says whom to ask."""
    return [role for role, permissions in PERMISSIONS.items() if permission in permissions]
