"""What conditions say of columns: equalities at the top of AND, and to which side of a join they apply."""

from typing import TYPE_CHECKING

from proof import values
from proof.ground import Ground
from proof.scope import Scope
from proof.tree import Message, conjuncts, enum, equality

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from proof.judge import Judge, Tables


def learn(ground: Ground, condition: Message, scope: Scope, only_into: "AbstractSet[str] | None") -> None:
    """Note the equalities that a condition guarantees. A literal or an IN list is none of them."""
    for conjunct in conjuncts(condition):
        if sides := equality(conjunct):
            left, right = (ground.as_column(side, scope) for side in sides)
            if left is not None and right is not None:
                scope.equate(left, right, only_into)


def bind_join(judge: "Judge", node: Message, scope: Scope, tables: "Tables", level: str) -> set[str]:
    left = judge.bind(node.larg, scope, tables, level)
    right = judge.bind(node.rarg, scope, tables, level)
    if node.is_natural or node.using_clause:
        judge.ground.refuse("join", "", level, "NATURAL and USING hide which columns are compared")
    if node.HasField("alias"):
        judge.ground.refuse("join", node.alias.aliasname, level, "an alias of a whole join hides its tables")
    values.expression(judge, node.quals, scope, tables, level)
    # What ON says of the side that is kept whole is only whether a partner is found.
    only_into = {"JOIN_INNER": None, "JOIN_LEFT": right, "JOIN_RIGHT": left}.get(
        enum(node, "jointype"), set()
    )
    learn(judge.ground, node.quals, scope, only_into)
    return left | right
