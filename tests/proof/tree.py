"""PostgreSQL's own syntax trees: what the proof reads instead of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import postgast

Message = Any  # a node: its classes are built from a descriptor when postgast is imported
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
ORG = "org_id"


class UnreadableError(Exception):
    """The text is not SQL, or not one statement."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement; `names` are its parameters, the first of them `$1`."""

    tree: Message
    names: tuple[str, ...]

    @property
    def statement(self) -> Message:
        return unwrap(self.tree.stmts[0].stmt)


def parse(text: str) -> Parsed:
    """Read one statement with psycopg's named placeholders, which stand where psycopg puts `$n`."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    tree = parse_script(_PLACEHOLDER.sub(numbered, text))
    if len(tree.stmts) != 1:
        raise UnreadableError(f"{len(tree.stmts)} statements")
    return Parsed(tree, tuple(names))


def parse_script(text: str) -> Message:
    try:
        return postgast.parse(text)
    except postgast.PgQueryError as failure:
        raise UnreadableError(str(failure)) from None


def written(parsed: Parsed) -> str:
    """Return the statement as text again, with named placeholders."""
    text = postgast.deparse(parsed.tree)
    data = text.encode()
    pieces, at = [], 0
    for token in postgast.scan(text).tokens:
        found = data[token.start : token.end]
        if re.fullmatch(rb"\$\d+", found):
            pieces += [_escaped(data[at : token.start]), f"%({parsed.names[int(found[1:]) - 1]})s".encode()]
            at = token.end
    return b"".join([*pieces, _escaped(data[at:])]).decode()


def _escaped(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")


def unwrap(node: Message) -> Message:
    return postgast.unwrap_node(node)


def kind(node: Message) -> str:
    """Return the name of a node's class; `Node` where there is none."""
    return str(unwrap(node).DESCRIPTOR.name)


def children(node: Message) -> Iterator[Message]:
    for field, value in unwrap(node).ListFields():
        if field.message_type is not None:
            for child in value if hasattr(value, "__len__") else [value]:
                yield unwrap(child)


def walk(node: Message) -> Iterator[Message]:
    node = unwrap(node)
    yield node
    for child in children(node):
        yield from walk(child)


def names(nodes: Any) -> list[str]:
    """Return the parts of a dotted name; `*` for a star."""
    return ["*" if kind(part) == "A_Star" else unwrap(part).sval for part in nodes]


def column(node: Message) -> list[str]:
    """Return the parts of a column reference, or nothing where the node is another."""
    return names(unwrap(node).fields) if kind(node) == "ColumnRef" else []


def without_cast(node: Message) -> Message:
    """Look through a cast to uuid, which changes no uuid."""
    node = unwrap(node)
    if kind(node) == "TypeCast" and type_name(node.type_name) in ("uuid", "pg_catalog.uuid"):
        return without_cast(node.arg)
    return node


def type_name(node: Message) -> str:
    """Return a type as text, such as `ledger.movement[]`, without what it says of lengths."""
    return ".".join(names(node.names)) + "[]" * bool(len(node.array_bounds))


def equality(node: Message) -> tuple[Message, Message] | None:
    """Return both sides of `a = b`, with PostgreSQL's own operator."""
    node = unwrap(node)
    if kind(node) != "A_Expr" or postgast.pg_query_pb2.A_Expr_Kind.Name(node.kind) != "AEXPR_OP":
        return None
    if names(node.name) not in (["="], ["pg_catalog", "="]) or not node.HasField("lexpr"):
        return None
    return unwrap(node.lexpr), unwrap(node.rexpr)


def conjuncts(node: Message) -> Iterator[Message]:
    """Yield what a condition joins by AND at its top."""
    node = unwrap(node)
    if kind(node) == "BoolExpr" and postgast.pg_query_pb2.BoolExprType.Name(node.boolop) == "AND_EXPR":
        for part in node.args:
            yield from conjuncts(part)
    elif kind(node) != "Node":
        yield node


def enum(node: Message, field: str) -> str:
    """Return the name of an enumeration's value, such as JOIN_LEFT."""
    found = node.DESCRIPTOR.fields_by_name[field]
    return str(found.enum_type.values_by_number[getattr(node, field)].name)


def is_null(node: Message) -> bool:
    node = unwrap(node)
    return kind(node) == "A_Const" and bool(node.isnull)


def text_of(node: Message) -> str | None:
    """Return the text of a string literal."""
    node = unwrap(node)
    return node.sval.sval if kind(node) == "A_Const" and node.HasField("sval") else None
