"""The roles that every organisation is born with, read from the SQL that makes them."""

import re
from importlib import resources

_SEED = re.compile(r"\('([a-z-]+)', '[^']+', array\[([^\]]+)\]\)")


def _read() -> dict[str, frozenset[str]]:
    sql = resources.files("velaurum.sql").joinpath("routines/16_roles.sql").read_text("utf-8")
    return {
        role: frozenset(re.findall(r"'([a-z-]+)'", permissions)) for role, permissions in _SEED.findall(sql)
    }


PERMISSIONS = _read()


def may(role: str, permission: str) -> bool:
    return permission in PERMISSIONS[role]
