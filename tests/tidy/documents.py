"""Rules about documents: what the code can say and be told is documented, and nothing else is."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path

from tidy.source import Finding, files, label
from velaurum.config import ENVIRONMENT_PREFIX, Settings
from velaurum.errors import CATALOGUE

ERRORS_PAGE = "docs/reference/errors.md"
SETTINGS_PAGE = "docs/reference/settings.md"
ADR_FOLDER = "docs/adr"
ADR_LINES_MAX = 60
ADR_HEADINGS = ("Context", "Decision", "Consequences", "Alternatives")
LATER_WORDS = ("TO" + "DO", "FIX" + "ME")

_TEXT_SUFFIXES = (
    ".py",
    ".sql",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".json",
    ".yaml",
    ".yml",
    ".sh",
    ".out",
)
# A folder in it has a name; `/Users/` before a placeholder is a path of SCIM.
_MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:(?:work|root|home)/|Users/[\w.-])")
_LATER = re.compile(rf"\b(?:{'|'.join(LATER_WORDS)})\b")


def errors_documented(root: Path) -> Iterator[Finding]:
    """One section per code of the catalogue, with the catalogue's status and sentence."""
    _, *parts = re.split(r"^## (\S+)\n", (root / ERRORS_PAGE).read_text("utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    for code, problem in CATALOGUE.items():
        if code not in sections:
            yield Finding(f"{ERRORS_PAGE}:{code}", "the code has no section")
            continue
        if f"Status {problem.status}. {problem.title}\n" not in sections[code]:
            yield Finding(
                f"{ERRORS_PAGE}:{code}", f"the section does not say: Status {problem.status}. {problem.title}"
            )
        if "**What to do.**" not in sections[code]:
            yield Finding(f"{ERRORS_PAGE}:{code}", "the section does not say what to do")
    for code in sorted(sections.keys() - CATALOGUE.keys()):
        yield Finding(f"{ERRORS_PAGE}:{code}", "the catalogue has no such code")


def settings_documented(root: Path) -> Iterator[Finding]:
    """One row per field, with its environment variable, its flag and its default."""
    text = (root / SETTINGS_PAGE).read_text("utf-8")
    rows = {cells[0]: cells[1:] for line in text.splitlines() if (cells := _cells(line))}
    for field in fields(Settings):
        expected = [ENVIRONMENT_PREFIX + field.name.upper(), "--" + field.name.replace("_", "-")]
        if field.default is not MISSING:
            expected.append(_default(field))
        if field.name not in rows:
            yield Finding(f"{SETTINGS_PAGE}:{field.name}", "the setting has no row")
        elif rows[field.name][: len(expected)] != expected or not rows[field.name][-1]:
            yield Finding(f"{SETTINGS_PAGE}:{field.name}", f"the row does not say {expected} and a meaning")
    for name in sorted(rows.keys() - {field.name for field in fields(Settings)}):
        yield Finding(f"{SETTINGS_PAGE}:{name}", "there is no such setting")


def decision_records(root: Path) -> Iterator[Finding]:
    """Short, of one form, and numbered from 0001 without gaps."""
    for number, path in enumerate(files(root, ADR_FOLDER, suffixes=(".md",)), start=1):
        text = path.read_text("utf-8")
        if not path.name.startswith(f"{number:04d}-") or not text.startswith(f"# {number:04d} "):
            yield Finding(
                label(root, path), f"the record in this place has the number {number:04d}, in name and title"
            )
        if (size := len(text.splitlines())) > ADR_LINES_MAX:
            yield Finding(label(root, path), f"{size} lines; at most {ADR_LINES_MAX}")
        if tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) != ADR_HEADINGS:
            yield Finding(label(root, path), f"the headings are {', '.join(ADR_HEADINGS)}")


def machine_paths(root: Path) -> Iterator[Finding]:
    yield from _lines_with(_MACHINE_PATH, root, "a path that exists on one machine only")


def words_for_later(root: Path) -> Iterator[Finding]:
    yield from _lines_with(_LATER, root, "do it, or leave it out")


def _lines_with(needle: re.Pattern[str], root: Path, detail: str) -> Iterator[Finding]:
    top = (
        path for path in sorted(root.glob("*")) if path.suffix in _TEXT_SUFFIXES or path.name == "Makefile"
    )
    for path in (
        *top,
        *files(root, "src", "tests", "docs", "benchmarks", "examples", suffixes=_TEXT_SUFFIXES),
    ):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if needle.search(line):
                yield Finding(label(root, path), f"line {number}: {detail}")


def _cells(line: str) -> list[str]:
    """Return the cells of a table row whose first cell is code, without the backquotes."""
    return (
        [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `")
        else []
    )


def _default(field: "Field[object]") -> str:
    if field.default is None:
        return "none"
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
