"""Rules about SQL files: short routines, the organisation in every named query, and the departments in some."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tidy.source import Finding, files, label

ROUTINE_LINES_MAX = 60
# Tables whose rows belong to a department, themselves or by their place.
OF_DEPARTMENTS = (
    "tenancy.sub_org",
    "catalog.location",
    "ledger.balance",
    "ledger.movement",
    "ledger.reservation",
    "audit.change",
    "audit.version",
    "audit.leaf",
)

_QUOTED = re.compile(
    r"--[^\n]*|/\*.*?\*/|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"[^\"]*\"|(?P<tag>\$\w*\$).*?(?P=tag)",
    re.DOTALL,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_ROUTINE = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+([\w.\"]+)", re.IGNORECASE)
_HEADING = re.compile(r"^([ \t]*--[ \t]*name[ \t]*:.*)$", re.MULTILINE | re.IGNORECASE)
_WELL_FORMED = re.compile(r"-- name: [a-z_]+")
_CROSS_ORG = re.compile(r"^-- cross-org:[ \t]*\S", re.MULTILINE)
_CROSS_SUB_ORG = re.compile(r"^-- cross-sub-org:[ \t]*\S", re.MULTILINE)
_NAMED_ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:function|procedure|view)\s+([\w.]+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    heading: str
    text: str

    @property
    def name(self) -> str:
        return self.heading.partition(":")[2].strip()

    @property
    def statement(self) -> str:
        """The statement without its comments and literals, so that neither can satisfy a rule."""
        return _QUOTED.sub(" ", self.text)


def routine_size(root: Path) -> Iterator[Finding]:
    for path in files(root, "src/velaurum/sql/routines", suffixes=(".sql",)):
        for statement in split(path.read_text("utf-8")):
            routine = _ROUTINE.match(statement)
            if not routine:
                continue
            size = len(statement.splitlines())
            if size > ROUTINE_LINES_MAX:
                yield Finding(label(root, path, routine[1]), f"{size} lines; at most {ROUTINE_LINES_MAX}")
            if re.search(r"\bbegin\s+atomic\b", _QUOTED.sub(" ", statement), re.IGNORECASE):
                yield Finding(
                    label(root, path, routine[1]),
                    "write the body in dollar quotes, so that it can be measured",
                )


def query_shape(root: Path) -> Iterator[Finding]:
    """Hold query files to named queries and nothing else, each of one statement."""
    for path in _query_files(root):
        before, queries = named_queries(path.read_text("utf-8"))
        if _COMMENT.sub("", before).strip() or not queries:
            yield Finding(label(root, path), "text outside of a query that begins with `-- name: stem`")
        for name, times in Counter(query.name for query in queries).items():
            if times > 1:
                yield Finding(label(root, path, name), "the name is used more than once")
        for query in queries:
            if not _WELL_FORMED.fullmatch(query.heading):
                yield Finding(
                    label(root, path, query.name), "the loader reads `-- name: stem`, in a-z and _, alone"
                )
            if (count := len(split(query.text))) != 1:
                yield Finding(label(root, path, query.name), f"{count} statements; a query is one")


def query_org(root: Path) -> Iterator[Finding]:
    """Was the organisation applied? A query binds it, or says why it serves no single one."""
    for path in _query_files(root):
        for query in named_queries(path.read_text("utf-8"))[1]:
            if "%(org_id)s" not in query.statement and not _CROSS_ORG.search(query.text):
                yield Finding(
                    label(root, path, query.name), "binds no %(org_id)s and has no `-- cross-org: why`"
                )


def query_sub_org(root: Path) -> Iterator[Finding]:
    """Were the departments applied? A query that meets rows of theirs binds those within reach, or says why not."""
    meets = _meeting_departments(root)
    for path in _query_files(root):
        for query in named_queries(path.read_text("utf-8"))[1]:
            said = _CROSS_ORG.search(query.text) or _CROSS_SUB_ORG.search(query.text)
            if "%(sub_org_ids)s" not in query.statement and meets.search(query.statement) and not said:
                yield Finding(
                    label(root, path, query.name),
                    "binds no %(sub_org_ids)s and has no `-- cross-sub-org: why`",
                )


def _meeting_departments(root: Path) -> re.Pattern[str]:
    """Return what finds the tables of departments, and every routine and view through which they are met."""
    names, meets = set(OF_DEPARTMENTS), re.compile("")
    bodies = {
        named[1]: statement[named.end() :]
        for path in files(root, "src/velaurum/sql/routines", suffixes=(".sql",))
        for statement in split(_COMMENT.sub("", path.read_text("utf-8")))
        if (named := _NAMED_ROUTINE.match(statement))
    }
    while True:
        meets = re.compile(rf"\b(?:{'|'.join(re.escape(name) for name in sorted(names))})\b")
        more = {name for name, body in bodies.items() if name not in names and meets.search(body)}
        if not more:
            return meets
        names |= more


def split(text: str) -> list[str]:
    """Statements of a script, without the comments around them; quoted text may contain anything."""
    hidden = _QUOTED.sub(lambda quoted: _blank(quoted[0]), text)
    ends = [found.start() for found in re.finditer(";", hidden)]
    bounds = [0, *(end + 1 for end in ends), len(text)]
    pairs = ((_skip_comments(text, start), end) for start, end in pairwise(bounds))
    return [statement for start, end in pairs if (statement := text[start:end].strip())]


def named_queries(text: str) -> tuple[str, list[NamedQuery]]:
    before, *parts = _HEADING.split(text)
    return before, [NamedQuery(heading, body) for heading, body in zip(parts[::2], parts[1::2], strict=True)]


def _query_files(root: Path) -> Iterator[Path]:
    for path in files(root, "src/velaurum", suffixes=(".sql",)):
        if not path.is_relative_to(root / "src/velaurum/sql"):
            yield path


def _blank(quoted: str) -> str:
    return re.sub(r"[^\n]", " ", quoted) if quoted.startswith(("--", "/*")) else re.sub(r"[^\n]", "x", quoted)


def _skip_comments(text: str, start: int) -> int:
    skipped = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL).match(text, start)
    return skipped.end() if skipped else start
