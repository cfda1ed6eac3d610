"""The registry of all statements: what the build proves of them, for the running product to read."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import postgast

from proof import exemptions
from proof.catalog import SOURCE, Catalog, product
from proof.judge import judge
from proof.routines import judge_routine, judge_view
from proof.tree import parse
from proof.verdict import Finding, Verdict

REGISTRY = SOURCE / "sql" / "statements.json"
_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)
_CROSS_ORG = re.compile(r"^-- cross-org:", re.MULTILINE)


class NotProvenError(Exception):
    """A statement is neither proven nor exempt."""


@dataclass(frozen=True, slots=True)
class Named:
    """One statement of the product, exactly as velaurum.db.queries reads it."""

    name: str
    text: str

    @property
    def says_cross_org(self) -> bool:
        return _CROSS_ORG.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement in the registry. `relations` are what it reaches, itself and through routines and views."""

    name: str
    sha256: str
    fingerprint: str
    relations: list[str]
    verdict: Literal["applied", "exempt"]
    exemption: str | None


def statements(source: Path = SOURCE) -> list[Named]:
    """Return every statement of every noun, sorted by name."""
    found = []
    for path in source.rglob("*.sql"):
        parts = path.relative_to(source).with_suffix("").parts
        if parts[0] != "sql":
            pieces = _NAME.split(path.read_text("utf-8"))
            found += [
                Named(".".join((*parts, name)), text.strip())
                for name, text in zip(pieces[1::2], pieces[2::2], strict=True)
            ]
    return sorted(found, key=lambda one: one.name)


def entries(catalog: Catalog) -> Iterator[Entry]:
    """Yield the registry. Raises NotProvenError with the name of what is neither applied nor exempt."""
    exempt = exemptions.by_statement()
    through = dict(_through(catalog))
    for one in statements():
        verdict = judge(one.text, catalog)
        if not verdict.is_applied and one.name not in exempt:
            raise NotProvenError(f"{one.name}: {verdict}")
        parsed = parse(one.text)
        yield Entry(
            name=one.name,
            sha256=hashlib.sha256(one.text.encode()).hexdigest(),
            fingerprint=postgast.fingerprint(postgast.deparse(parsed.tree)).hex,
            relations=sorted(_all_reached(verdict.reached, through) & {*catalog.columns}),
            verdict="applied" if verdict.is_applied else "exempt",
            exemption=None if verdict.is_applied else exempt[one.name].statement,
        )


def text(catalog: Catalog) -> str:
    """Return the file."""
    return json.dumps([asdict(entry) for entry in entries(catalog)], indent=1) + "\n"


def bodies(catalog: Catalog) -> Iterator[tuple[str, Verdict]]:
    """Yield every routine and view with what is proven of it; statements rest on all of them."""
    for routine in catalog.routines.values():
        yield routine.name, judge_routine(routine, catalog)
    for view in catalog.views:
        yield view, judge_view(view, catalog)
    for relation in catalog.columns:
        if not catalog.is_classified(relation):
            finding = Finding(
                "unclassified", relation, "table", "it has no org_id, and is not the platform's"
            )
            yield relation, Verdict((finding,))


def _all_reached(reached: frozenset[str], through: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    ahead = set(reached)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead |= through.get(name, frozenset())
    return found


def _through(catalog: Catalog) -> Iterator[tuple[str, frozenset[str]]]:
    for name, verdict in bodies(catalog):
        yield name, verdict.reached


def main() -> None:
    catalog = product()
    if unproven := [f"{name}: {verdict}" for name, verdict in bodies(catalog) if not verdict.is_applied]:
        sys.exit("\n".join(unproven))
    try:
        REGISTRY.write_text(text(catalog), "utf-8")
    except NotProvenError as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
