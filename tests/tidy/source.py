"""Where the rules look: the files below a root, and what a rule finds in one of them."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Finding:
    """One break of a rule; `subject` is what an exception names: a path, or a path and a name in it."""

    subject: str
    detail: str


Rule = Callable[[Path], Iterator[Finding]]


def files(root: Path, *folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path


def label(root: Path, path: Path, name: str = "") -> str:
    return path.relative_to(root).as_posix() + (f":{name}" if name else "")


def module(path: Path) -> ast.Module:
    return _parse(path.read_text("utf-8"))


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function of a module with its qualified name, methods and nested functions included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
        inner = f"{prefix}{child.name}." if isinstance(child, Function | ast.ClassDef) else prefix
        yield from functions(child, inner)


def line_count(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
