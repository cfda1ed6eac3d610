"""The catalogue proof: the database's own description of itself keeps the rules, and what breaks one is named."""

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import psycopg

from velaurum.db import column_classes, external

MANIFEST = "manifest.txt"
_MANIFEST_RULE = "rights, policies and triggers are those of the manifest"
_CLASS_RULE = "every column of the product has one class"
_HEADING = """\
# Every right, policy and trigger of a fresh migration, written by `make schema`. A database that has others does not
# pass `velaurum verify tenancy`. Read the diff: each line is somebody who may do something.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and the tables, routines, policies, roles and grants that break it: none when it holds.

    A rule that is not required is one that an installation may break, and has to know.
    """

    name: str
    is_required: bool
    broken_by: tuple[str, ...]


def examine(conninfo: str) -> list[Rule]:
    """Hold a database to every rule, as any role of it. OperationError when it cannot be reached."""
    with external.connected(conninfo) as connection:
        connection.read_only = True
        return rules(connection)


def rules(connection: psycopg.Connection[Any]) -> list[Rule]:
    """Hold the database of a connection to every rule; leaves its session with an empty search_path."""
    _name_in_full(connection)
    rows = connection.execute((_sql() / "catalogue.sql").read_bytes()).fetchall()
    found = [Rule(name, is_required, tuple(sorted(broken_by))) for name, is_required, broken_by in rows]
    shipped, there = _shipped(), set(manifest(connection))
    others = [f"missing: {line}" for line in sorted(shipped - there)]
    others += [f"unexpected: {line}" for line in sorted(there - shipped)]
    classes = column_classes.read((_sql() / column_classes.FILE).read_text("utf-8"))
    unclassed = classes.faults(columns(connection))
    return [
        *found,
        Rule(_CLASS_RULE, is_required=True, broken_by=tuple(unclassed)),
        Rule(_MANIFEST_RULE, is_required=True, broken_by=tuple(others)),
    ]


def is_sound(found: list[Rule]) -> bool:
    """Tell whether every rule that is required holds."""
    return not any(rule.broken_by for rule in found if rule.is_required)


def columns(connection: psycopg.Connection[Any]) -> set[tuple[str, str]]:
    """Return every column of the product's tables, with its table."""
    _name_in_full(connection)
    return set(connection.execute((_sql() / "columns.sql").read_bytes()).fetchall())


def manifest(connection: psycopg.Connection[Any]) -> list[str]:
    """Describe every right, policy and trigger of a database, a line each, sorted."""
    _name_in_full(connection)
    return sorted(line for (line,) in connection.execute((_sql() / "manifest.sql").read_bytes()).fetchall())


def manifest_text(connection: psycopg.Connection[Any]) -> str:
    """Return what manifest.txt has to say of a release that makes this database."""
    return _HEADING + "".join(f"{line}\n" for line in manifest(connection))


def _shipped() -> set[str]:
    lines = (_sql() / MANIFEST).read_text("utf-8").splitlines()
    return {line for line in lines if not line.startswith("#")}


def _name_in_full(connection: psycopg.Connection[Any]) -> None:
    # PostgreSQL leaves the schema out of a name that its search_path finds.
    connection.execute("set search_path = ''")


def _sql() -> Traversable:
    return resources.files("velaurum.sql")
