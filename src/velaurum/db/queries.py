"""Named queries: SQL lives in a `.sql` file beside the module that owns it, proven before it can run (V-14)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Verdict = Literal["applied", "exempt", "unproven"]
_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement, and whether its syntax tree proved that it applies the organisation.

    `applied`: every row that it can touch is of the organisation in its parameter `org_id`. `exempt`: it
    serves no single organisation, and stands on the list of exemptions. `unproven`: it is not the text that
    was proven; it never runs.
    """

    name: str
    text: bytes
    verdict: Verdict


def queries(package: str, file: str) -> Mapping[str, Statement]:
    """Return the statements of `file` in `package` by the names in their `-- name:` lines."""
    parts = _NAME.split(resources.files(package).joinpath(file).read_text("utf-8"))
    noun = f"{package.removeprefix('velaurum.')}.{file.removesuffix('.sql')}"
    return {
        name: _statement(f"{noun}.{name}", text.strip())
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def registered() -> Iterator[Statement]:
    """Yield every statement of the registry, with the text that is there now."""
    for noun in sorted({name.rpartition(".")[0] for name in _proven()}):
        package, _, file = noun.rpartition(".")
        yield from queries(f"velaurum.{package}", f"{file}.sql").values()


@cache
def registry_hash() -> bytes:
    """Return the SHA-256 of the registry: which statements were proven, and as what."""
    return hashlib.sha256(_registry()).digest()


def _statement(name: str, text: str) -> Statement:
    sha256, verdict = _proven().get(name, ("", "unproven"))
    is_proven = sha256 == hashlib.sha256(text.encode()).hexdigest()
    # The name goes along, so that the server's own statistics and log tell which statement this was.
    return Statement(name, f"/* {name} */ {text}".encode(), verdict if is_proven else "unproven")


@cache
def _proven() -> Mapping[str, tuple[str, Verdict]]:
    return {one["name"]: (one["sha256"], one["verdict"]) for one in json.loads(_registry())}


def _registry() -> bytes:
    return resources.files("velaurum.sql").joinpath("statements.json").read_bytes()
