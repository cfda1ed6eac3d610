"""Definitions: what the product's objects are, held to what this release makes, and settings that could lose rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg

from velaurum.db import external

FILE = "definitions.txt"
_HEADING = """\
# What every object of a fresh migration is, written by `make schema`: bodies by their SHA-256. A database whose objects
# are otherwise does not pass `velaurum verify db`.
"""
# What a setting must be. A server that somebody else runs may be without the second ones, and has to know.
_REQUIRED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
    "session_replication_role": ("origin",),
    "event_triggers": ("on",),
    "row_security": ("on",),
    "allow_system_table_mods": ("off",),
    "ignore_checksum_failure": ("off",),
    "zero_damaged_pages": ("off",),
    "ignore_system_indexes": ("off",),
}
# What is looked at where it is set for a role of the product: functions of others are not found before the server's.
_OF_OUR_ROLES = {"search_path": ("", '""')}
_OUR_ROLES = "velaurum_"
_WANTED = {"data_checksums": ("on",), "track_commit_timestamp": ("on",)}


@dataclass(frozen=True, slots=True)
class Definitions:
    """What differs from this release, a line each; settings that are unsafe, and those that could be better."""

    differing: tuple[str, ...]
    unsafe: tuple[str, ...]
    lacking: tuple[str, ...]


def examine(conninfo: str, *, is_own_server: bool) -> Definitions:
    """Look at a database as any role of it. With `is_own_server` the fence and every setting are required."""
    with external.connected(conninfo) as connection:
        connection.read_only = True
        there = set(lines(connection))
        shipped = _shipped()
        if not is_own_server and not any(_is_of_fence(line) for line in there):
            shipped = {line for line in shipped if not _is_of_fence(line)}
        settings = [*_settings(connection)]
    differing = [f"missing: {line}" for line in sorted(shipped - there)]
    differing += [f"unexpected: {line}" for line in sorted(there - shipped)]
    unsafe, lacking = (
        tuple(said for name, value, said in settings if name in wanted and value not in wanted[name])
        for wanted in (_REQUIRED | _OF_OUR_ROLES, _WANTED)
    )
    if is_own_server:
        return Definitions(tuple(differing), (*unsafe, *lacking), ())
    return Definitions(tuple(differing), unsafe, lacking)


def lines(connection: psycopg.Connection[Any]) -> list[str]:
    """Describe every object of the product in a database, a line each, sorted."""
    connection.execute("set search_path = ''")
    return sorted(line for (line,) in connection.execute(_query("definitions.sql")).fetchall())


def text(connection: psycopg.Connection[Any]) -> str:
    """Return what definitions.txt has to say of a release that makes this database."""
    return _HEADING + "".join(f"{line}\n" for line in lines(connection))


def _settings(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str, str]]:
    for role, name, value in connection.execute(_query("server.sql")).fetchall():
        if name not in _OF_OUR_ROLES or (role or "").startswith(_OUR_ROLES):
            yield name, value, f"{name} is {value}" + (f" for {role}" if role else "")


def _is_of_fence(line: str) -> bool:
    return line.startswith("event trigger fence_") or " fence." in line


def _shipped() -> set[str]:
    kept = (resources.files("velaurum.sql") / FILE).read_text("utf-8").splitlines()
    return {line for line in kept if not line.startswith("#")}


def _query(name: str) -> bytes:
    return (resources.files("velaurum.sql") / name).read_bytes()
