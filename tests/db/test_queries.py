"""Every named query is prepared by a migrated server, and answers what its dataclass holds: a compiler for SQL."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from support.ledger_sql import APP, Connect

SOURCE = Path(__file__).parents[2] / "src" / "velaurum"
_PARAMETER = re.compile(r"%\((\w+)\)s")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def statements() -> Iterator[tuple[str, str, str]]:
    """Yield (file, name, statement) of every named query."""
    for path in sorted(SOURCE.rglob("*.sql")):
        if "sql" not in path.relative_to(SOURCE).parts[:1]:
            parts = _NAME.split(path.read_text("utf-8"))
            for name, text in zip(parts[1::2], parts[2::2], strict=True):
                yield str(path.relative_to(SOURCE)), name, text


def shapes() -> Iterator[tuple[str, str, type[Any]]]:
    """Yield (module, query, dataclass) for every call that names both."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(("velaurum", *path.relative_to(SOURCE).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="one" | "maybe" | "all"),
                    args=[
                        ast.Subscript(value=ast.Name("QUERIES"), slice=ast.Constant(str(query))),
                        ast.Name(shape),
                        *_,
                    ],
                ):
                    yield module, query, getattr(importlib.import_module(module), shape)


@pytest.fixture(scope="module")
def application(module_as_role: Connect) -> psycopg.Connection[Any]:
    """Connect once for all queries: there are more of them than connections."""
    return module_as_role(APP)


def columns(connection: psycopg.Connection[Any], statement: str) -> list[str]:
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    numbered = _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", statement)
    prepared = connection.pgconn.prepare(b"probe", numbered.encode())
    assert prepared.error_message == b"", prepared.error_message
    described = connection.pgconn.describe_prepared(b"probe")
    connection.execute("deallocate probe")
    return [(described.fname(n) or b"").decode() for n in range(described.nfields)]


def members(shape: type[Any]) -> tuple[set[str], set[str]]:
    """Return the names that a dataclass or a struct holds, and those that it must be given."""
    if is_dataclass(shape):
        all_of_them = [
            (one.name, one.default is MISSING and one.default_factory is MISSING) for one in fields(shape)
        ]
    else:
        all_of_them = [(one.name, one.required) for one in msgspec.structs.fields(shape)]
    return {name for name, _ in all_of_them}, {name for name, is_required in all_of_them if is_required}


@pytest.fixture(scope="module")
def app(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(APP)


@pytest.mark.parametrize(("file", "name", "statement"), [*statements()])
def test_a_query_compiles_as_the_application(
    application: psycopg.Connection[Any], file: str, name: str, statement: str
) -> None:
    assert columns(application, statement), f"{file}: {name} answers no column"


@pytest.mark.parametrize(("module", "query", "shape"), [*shapes()])
def test_a_query_answers_its_dataclass(
    application: psycopg.Connection[Any], module: str, query: str, shape: type[Any]
) -> None:
    statement = importlib.import_module(module).QUERIES[query].text.decode()
    wanted, required = members(shape)

    answered = columns(application, statement)

    assert len(answered) == len(set(answered))
    assert required <= set(answered) <= wanted


def test_the_shapes_of_the_main_job_are_among_those_compared() -> None:
    compared = {(module, query) for module, query, _ in shapes()}

    assert {("velaurum.ledger.movements", "get"), ("velaurum.ledger.movements", "list_page")} <= compared
