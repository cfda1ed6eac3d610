"""Rules about Python: sizes, names, no SQL in it, and the organisation in every verb."""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

from tidy.source import Finding, Function, files, functions, label, line_count, module

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
FUNCTION_LINES_P90 = 40  # nine of ten functions stay below
BANNED_NAMES = frozenset({"utils", "helpers", "common", "services", "managers", "models", "misc"})
DOMAIN_PACKAGES = (
    "tenancy",
    "identity",
    "catalog",
    "ledger",
    "counting",
    "audit",
    "events",
    "jobs",
    "webhooks",
    "transport",
    "keys",
)
# The integrator, subscribers, consumers and who sends call verbs in the name of nobody: an organisation is known there
# by its id alone.
OF_NOBODY = ("audit", "events", "webhooks", "transport", "keys")

_KINDS = (
    r"(?:table|schema|role|user|function|procedure|view|index|trigger|type|domain|extension|database|policy)"
)
_SQL = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(?:"
    r"select\s+\S|insert\s+into\s|update\s+(?:only\s+)?[\w.\"]+\s+(?:as\s+\w+\s+)?set\s|delete\s+from\s|"
    r"with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s|merge\s+into\s|call\s+[\w.]+\s*\(|do\s+\$|"
    rf"(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:\w+\s+){{0,2}}?{_KINDS}\b|"
    r"truncate\s+(?:table\s+)?\w|copy\s+[\w.]+\s*(?:\([^)]*\)\s*)?(?:from|to)\s|lock\s+table\s|"
    r"grant\s+.+\s(?:on|to)\s|revoke\s+.+\s(?:on|from)\s|set\s+(?:local\s+|session\s+)?[\w.]+\s*(?:=|to\s)"
    r")",
    re.IGNORECASE,
)
_EXECUTING = frozenset({"execute", "executemany", "executescript"})


def file_size(root: Path) -> Iterator[Finding]:
    for path in files(root, "src", "tests"):
        size = len(path.read_text("utf-8").splitlines())
        if size > FILE_LINES_MAX:
            yield Finding(label(root, path), f"{size} lines; at most {FILE_LINES_MAX}: find the second noun")


def function_size(root: Path) -> Iterator[Finding]:
    for path in files(root, "src", "tests"):
        for name, node in functions(module(path)):
            if line_count(node) > FUNCTION_LINES_MAX:
                yield Finding(
                    label(root, path, name), f"{line_count(node)} lines; at most {FUNCTION_LINES_MAX}"
                )


def function_size_p90(root: Path) -> Iterator[Finding]:
    sizes = sorted(line_count(node) for path in files(root, "src") for _, node in functions(module(path)))
    if sizes and (p90 := sizes[math.ceil(len(sizes) * 0.9) - 1]) >= FUNCTION_LINES_P90:
        yield Finding("src", f"one function in ten has {p90} lines or more; stay below {FUNCTION_LINES_P90}")


def banned_name(root: Path) -> Iterator[Finding]:
    for path in files(root, "src", "tests", suffixes=(".py", ".sql")):
        parts = {part.removeprefix("test_") for part in path.relative_to(root).with_suffix("").parts}
        for name in sorted(parts & BANNED_NAMES):
            yield Finding(label(root, path), f"{name!r} does not say what is in it")


def inline_sql(root: Path) -> Iterator[Finding]:
    """Keep SQL in .sql files; only velaurum.db, which speaks to the driver, may write it in Python."""
    for path in files(root, "src"):
        if path.is_relative_to(root / "src/velaurum/db"):
            continue
        tree = module(path)
        executed = {
            id(node.args[0])
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and node.args
            if isinstance(node.func, ast.Attribute) and node.func.attr in _EXECUTING
        }
        for node in _values(tree):
            text = _text(node)
            if text is not None and (id(node) in executed or _is_sql(text)):
                yield Finding(label(root, path), f"line {node.lineno}: SQL in Python: {text.strip()[:40]!r}")


def tx_then_org(root: Path) -> Iterator[Finding]:
    """Ask of every public verb that gets a transaction to take it first, and the organisation second."""
    for package in DOMAIN_PACKAGES:
        for path in files(root, f"src/velaurum/{package}"):
            for name, node in _public_functions(module(path)):
                if not _begins_with_tx_and_org(node, of_nobody=package in OF_NOBODY):
                    yield Finding(
                        label(root, path, name),
                        "takes a transaction, but not as (tx: Tx, org: OrgContext, …)",
                    )


def _values(node: ast.AST) -> Iterator[ast.expr]:
    """Every expression that is used; a string that stands alone, as a docstring does, is not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.expr):
            yield child
        if not isinstance(child, ast.JoinedStr):
            yield from _values(child)


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def _is_sql(text: str) -> bool:
    """Tell a statement, which is of one case, from a sentence, which begins with a capital."""
    found = _SQL.match(text)
    word = re.sub(r"--[^\n]*\n", "", text).split(maxsplit=1)[0] if found else ""
    return word.islower() or word.isupper()


def _public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for name, node in functions(tree):
        if not any(part.startswith("_") for part in name.split(".")):
            yield name, node


def _begins_with_tx_and_org(node: Function, *, of_nobody: bool) -> bool:
    positional = [*node.args.posonlyargs, *node.args.args]
    if not any(_reaches_sql(argument) for argument in (*positional, *node.args.kwonlyargs)):
        return True
    if positional and positional[0].arg in ("self", "cls"):
        positional = positional[1:]
    if len(positional) < 2:
        return False
    tx, org = positional[:2]
    if of_nobody and (tx.arg, org.arg) == ("tx", "org_id"):
        return _reaches_sql(tx) and _mentions(org, "OrgId")
    names = (("tx", "org"), ("database", "org"))
    return (tx.arg, org.arg) in names and _reaches_sql(tx) and _mentions(org, "OrgContext")


def _reaches_sql(argument: ast.arg) -> bool:
    return _mentions(argument, "Tx") or _mentions(argument, "Database")


def _mentions(argument: ast.arg, suffix: str) -> bool:
    annotation: ast.expr | None = argument.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    names = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(annotation or ast.Pass()))
    return any(str(name).endswith(suffix) for name in names)
