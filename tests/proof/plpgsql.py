"""The SQL inside a PL/pgSQL body, by PostgreSQL's own PL/pgSQL parser, with a check that nothing was lost."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import postgast

from proof.catalog import Routine
from proof.tree import UnreadableError, parse_script, type_name, unwrap

Form = Literal["query", "value", "assign", "return", "return query"]
# What the parser says of an expression: a whole statement, a value, or an assignment to 1, 2 or 3 names.
_STATEMENT, _VALUE = 0, 2
# EXECUTE, cursors, CALL and transaction control are not among them: their SQL is not in the body.
_UNDERSTOOD = frozenset(
    (
        "block",
        "assign",
        "if",
        "while",
        "loop",
        "fors",
        "getdiag",
        "return",
        "return_next",
        "return_query",
        "raise",
        "assert",
        "execsql",
        "perform",
    )
)
_SQL_WORDS = frozenset(
    ("select", "insert", "update", "delete", "merge", "from", "execute", "truncate", "copy")
)
# What a trigger function finds declared. The parser writes broken JSON for it, so that it is shown a plain function.
_OF_A_TRIGGER = "new record, old record, tg_op text, tg_table_schema text, tg_table_name text, tg_argv text"
_DECLARATION = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(\w+)\s+(?:constant\s+)?([\w.]+(?:\s*\[\])?)(?:\s+not\s+null)?\s*(?:(?::=|=|default\s)(.*))?",
    re.DOTALL,
)
_OPENING, _CLOSING = ("ASCII_40", "ASCII_91"), ("ASCII_41", "ASCII_93")


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of SQL of a body. `into` is the variable that gets its rows or its value, where there is one."""

    form: Form
    text: str
    into: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A PL/pgSQL body taken apart."""

    variables: dict[str, str]
    fragments: tuple[Fragment, ...]


def take_apart(routine: Routine) -> Body:
    """Return the declared variables and all SQL of the body. Raises UnreadableError where it is not sure."""
    declared, defaults, body = _declarations(routine)
    if twice := [name for name, times in Counter(name for name, _ in declared).items() if times > 1]:
        raise UnreadableError(f"{twice[0]} is declared more than once")
    try:
        parsed = postgast.parse_plpgsql(_stand_in(routine, body))
    except postgast.PgQueryError as failure:
        raise UnreadableError(str(failure)) from None
    (function,) = parsed
    numbered = [next(iter(datum.values())) for datum in function["PLpgSQL_function"]["datums"]]
    fragments = (*defaults, *_fragments(function["PLpgSQL_function"], numbered), *_returned(body))
    found = sum((_marks(f"{one.into} ; {one.text}") for one in fragments), Counter[str]())
    if missing := _marks(body) - found:
        raise UnreadableError(f"the parser lost {[*missing]}")
    return Body(dict(declared), fragments)


def _returned(body: str) -> Iterator[Fragment]:
    # The parser says that a variable is returned, and not which.
    words = [body.encode()[token.start : token.end].decode() for token in postgast.scan(body).tokens]
    for first, name, end in zip(words, words[1:], words[2:], strict=False):
        if first.lower() == "return" and end == ";" and name.isidentifier() and name.lower() != "next":
            yield Fragment("return", name)


def _stand_in(routine: Routine, body: str) -> str:
    # The parser knows no type of ours and resolves none, so it sees stand-ins; the real ones are kept beside it.
    inputs = ", ".join(f"{name} {_known(type_)}" for name, type_ in routine.parameters)
    if routine.returns == "trigger":
        return f"create function f({_OF_A_TRIGGER}) returns record language plpgsql as $stand_in$ {body} $stand_in$"
    columns = ", ".join(f"{name} text" for name, _ in routine.outputs)
    returns = f"table ({columns})" if columns else f"{'setof ' * routine.is_set}{_known(routine.returns)}"
    return f"create function f({inputs}) returns {returns} language plpgsql as $stand_in$ {body} $stand_in$"


def _known(type_: str) -> str:
    if type_ in ("void", "record"):
        return type_
    return (
        "record"
        if "." in type_ and not type_.startswith("pg_catalog.") and not type_.endswith("]")
        else "text"
    )


def _declarations(routine: Routine) -> tuple[list[tuple[str, str]], list[Fragment], str]:
    """Return every declared name with its type, the first values, and the body with stand-ins for the types."""
    declared, defaults = [*routine.parameters, *routine.outputs], []
    data, pieces, at = routine.body.encode(), [], 0
    for start, end in _sections(routine.body):
        for begin, line in _lines(data, start, end):
            found = _DECLARATION.fullmatch(line)
            if not found:
                raise UnreadableError(f"cannot read the declaration {line.strip()!r}")
            type_ = type_of(found[2])
            declared.append((found[1], type_))
            if found[3]:
                # The parser says nothing of the first value of a record.
                defaults.append(Fragment("assign", found[3], found[1]))
            from_, to = (len(line[:place].encode()) for place in found.span(2))
            pieces += [data[at : begin + from_], _known(type_).encode()]
            at = begin + to
    return declared, defaults, b"".join([*pieces, data[at:]]).decode()


def type_of(text: str) -> str:
    """Return a type as the catalogue writes it."""
    (statement,) = parse_script(f"select null::{text}").stmts
    return type_name(unwrap(unwrap(statement.stmt).target_list[0]).val.type_cast.type_name)


def _sections(body: str) -> Iterator[tuple[int, int]]:
    """Yield where each DECLARE section starts and ends, in bytes."""
    start = None
    for token in postgast.scan(body).tokens:
        match body.encode()[token.start : token.end].decode().lower():
            case "declare":
                start = token.end
            case "begin" if start is not None:
                yield start, token.start
                start = None


def _lines(data: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    begin = start
    for token in postgast.scan(data[:end].decode()).tokens:
        if token.start >= start and data[token.start : token.end] == b";":
            yield begin, data[begin : token.start].decode()
            begin = token.end


def _fragments(node: Any, datums: list[dict[str, Any]]) -> Iterator[Fragment]:
    if isinstance(node, list):
        for part in node:
            yield from _fragments(part, datums)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("PLpgSQL_stmt_"):
                yield from _statement(key.removeprefix("PLpgSQL_stmt_"), value, datums)
            elif key == "PLpgSQL_expr":
                yield _fragment(value)
            elif key not in ("PLpgSQL_var", "PLpgSQL_rec"):  # declared: read by _declarations
                yield from _fragments(value, datums)


def _statement(name: str, node: dict[str, Any], datums: list[dict[str, Any]]) -> Iterator[Fragment]:
    rest = dict(node)
    if name not in _UNDERSTOOD or "dynquery" in rest:
        raise UnreadableError(f"{name} is dynamic, or not understood")
    into = _written(rest, datums)
    if name == "return" and "expr" in rest:
        yield Fragment("return", rest.pop("expr")["PLpgSQL_expr"]["query"])
    elif name == "return_query":
        yield Fragment("return query", rest.pop("query")["PLpgSQL_expr"]["query"])
    elif name == "getdiag":
        for item in rest.pop("diag_items"):
            yield Fragment("assign", "null", datums[item["PLpgSQL_diag_item"].get("target", 0)]["refname"])
    elif name in ("execsql", "fors"):
        yield Fragment(
            "query", rest.pop("sqlstmt" if name == "execsql" else "query")["PLpgSQL_expr"]["query"], into
        )
    yield from _fragments(rest, datums)


def _written(node: dict[str, Any], datums: list[dict[str, Any]]) -> str:
    """Return the variable that a query fills; every name where it fills several."""
    for field in ("target", "var"):
        for kind, target in node.get(field, {}).items():
            if kind == "PLpgSQL_row":
                return ",".join(one["name"] for one in target["fields"])
            return str(target.get("refname") or datums[target.get("dno", 0)]["refname"])
    return ""


def _fragment(expression: dict[str, Any]) -> Fragment:
    text, mode = expression["query"], expression["parseMode"]
    if mode == _STATEMENT:
        return Fragment("query", text)
    if mode == _VALUE:
        return Fragment("value", text)
    depth, data = 0, text.encode()
    for token in postgast.scan(text).tokens:
        name = postgast.pg_query_pb2.Token.Name(token.token)
        depth += (name in _OPENING) - (name in _CLOSING)
        if depth == 0 and data[token.start : token.end] in (b":=", b"="):
            return Fragment("assign", data[token.end :].decode(), data[: token.start].decode().strip())
    raise UnreadableError(f"cannot read the assignment {text!r}")


def _marks(text: str) -> Counter[str]:
    """Count what makes a text SQL that matters: its verbs, and its names with a dot."""
    data = text.encode()
    words = [data[token.start : token.end].decode().lower() for token in postgast.scan(text).tokens]
    dotted = (
        f"{first}.{second}"
        for first, dot, second in zip(words, words[1:], words[2:], strict=False)
        if dot == "." and first.isidentifier() and second.isidentifier()
    )
    return Counter([*(word for word in words if word in _SQL_WORDS), *dotted])
