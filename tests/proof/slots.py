"""Places in a syntax tree whose content can be exchanged, and the way back from a tree to text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import postgast

from proof.tree import Message, parse_script, unwrap


@dataclass(frozen=True, slots=True)
class Site:
    """One tie in a tree; `cut` takes it away from that tree."""

    name: str
    cut: Callable[[], None]


def holders(node: Message) -> Iterator[Message]:
    """Yield every slot of the tree, from the top down; what is in a slot can be exchanged."""
    for field, value in node.ListFields():
        if field.message_type is not None:
            for child in value if hasattr(value, "__len__") else [value]:
                yield child
                yield from holders(child)


def of_text(text: str) -> Message:
    """Return the node of a value."""
    return unwrap(unwrap(parse_script(f"select {text}").stmts[0].stmt).target_list[0]).val


def statement_of_value(value: Message) -> Message:
    tree = parse_script("select null")
    slot = unwrap(unwrap(tree.stmts[0].stmt).target_list[0]).val
    put(slot, value)
    return tree


def put(slot: Message, value: Message) -> None:
    for field in slot.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.full_name == value.DESCRIPTOR.full_name:
            getattr(slot, field.name).CopyFrom(value)


def text_of_statement(statement: Message, is_whole: bool) -> str:
    tree = parse_script("select null")
    put(tree.stmts[0].stmt, statement)
    text = postgast.deparse(tree)
    return text if is_whole else text.removeprefix("SELECT ")
