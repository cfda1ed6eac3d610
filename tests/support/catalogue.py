"""The structural rules of catalogue.sql, what they exempt, and which changes the ledger's walls refuse."""

import re
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

# What serves all organisations at once, with the reason why it does not begin with org_id.
EXEMPT_INDEXES = {
    "tenancy.org_code_key": "The directory of organisations: a code is in the URL and names one organisation of all.",
}

# Refused for ever, by table: U update, D delete, T truncate. A table of `ledger` that is not here breaks a rule.
REFUSED = {
    "ledger.movement": "UDT",
    "ledger.decision": "UDT",
    "ledger.movement_note": "UT",
    "ledger.head": "DT",
    "ledger.balance": "DT",
    "identity.principal": "DT",
}

_QUERIES = re.split(
    r"^-- name: (\w+)$", Path(__file__).with_suffix(".sql").read_text("utf-8"), flags=re.MULTILINE
)
_TEXTS = dict(zip(_QUERIES[1::2], _QUERIES[2::2], strict=True))
RULES = tuple(name for name in _TEXTS if name != "prelude")


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make what the rules read, for this session; once, before broken()."""
    connection.execute(sql.SQL(_TEXTS["prelude"]))


def broken(connection: psycopg.Connection[Any], rule: str) -> list[str]:
    """Name what breaks a rule."""
    parameters = {"exempt_indexes": list(EXEMPT_INDEXES), "refused": Jsonb(REFUSED)}
    return [row[0] for row in connection.execute(sql.SQL(_TEXTS[rule]), parameters).fetchall()]
