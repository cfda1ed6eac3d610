"""Expressions: subqueries, calls and casts, each of which can reach beyond its level."""

from typing import TYPE_CHECKING

from proof import carried
from proof.allowed import (
    BY_NAME,
    CONTEXT_SETTER,
    CONTEXT_SETTERS,
    CONTEXT_SETTINGS,
    ORG_SETTING,
    OWN_ORG,
    PLAIN,
)
from proof.scope import Scope
from proof.tree import Message, children, enum, kind, names, text_of, type_name, unwrap

if TYPE_CHECKING:
    from proof.catalog import Routine
    from proof.judge import Judge, Tables


def expression(judge: "Judge", node: Message, scope: Scope, tables: "Tables", level: str) -> None:
    node = unwrap(node)
    match kind(node):
        case "SelectStmt":
            judge.query(node, scope, tables, f"{level} > subquery")
            return
        case "FuncCall":
            _call(judge, node, scope, level)
        case "TypeCast" if judge.ground.catalog.carries(found := type_name(node.type_name)):
            carried.require(judge.ground, node.arg, found, scope, level, is_cast=True)
        case "A_Indirection":
            _selection(judge, node, level)
        case "A_Expr" if len(operator := names(node.name)) > 1 and operator[0] != "pg_catalog":
            judge.ground.refuse("function", ".".join(operator), level, "an operator of a schema is not known")
    for child in children(node):
        expression(judge, child, scope, tables, level)


def _selection(judge: "Judge", node: Message, level: str) -> None:
    # PostgreSQL takes `(x).f` for a call of f where x has no such field.
    for part in map(unwrap, node.indirection):
        if kind(part) == "String" and part.sval not in judge.ground.catalog.fields:
            judge.ground.refuse(
                "function", part.sval, level, "it is no field of ours, so it may be a function"
            )


def _call(judge: "Judge", node: Message, scope: Scope, level: str) -> None:
    ground, parts = judge.ground, names(node.funcname)
    name = ".".join(parts)
    if parts[-1] == CONTEXT_SETTER:
        _set_context(judge, node, scope, level)
    elif len(parts) == 1 or parts[0] == "pg_catalog":
        if parts[-1] not in PLAIN:
            ground.refuse("function", name, level, "it is not on the list of known functions")
        carried.refuse_made_rows(ground, node, level)
    elif name in BY_NAME or name in OWN_ORG:
        ground.reached.add(name)
        ground.refuse("routine", name, level, "it serves no single organisation")
    elif name not in ground.catalog.routines or name in ground.catalog.overloaded:
        ground.refuse("function", name, level, "it is no routine of ours, or one of several")
    else:
        _call_routine(judge, node, ground.catalog.routines[name], scope, level)


def _call_routine(judge: "Judge", node: Message, routine: "Routine", scope: Scope, level: str) -> None:
    ground = judge.ground
    ground.reached.add(routine.name)
    if enum(node, "funcformat") != "COERCE_EXPLICIT_CALL" or node.func_variadic or node.agg_order:
        ground.refuse("function", routine.name, level, "it is not a plain call")
    for (_, type_), argument in zip(routine.parameters, node.args, strict=False):
        if ground.catalog.carries(type_):
            carried.require(ground, argument, type_, scope, level)
    if not routine.takes_org:
        return
    ground.bound += 1
    if not node.args or not ground.holds_org(node.args[0], scope):
        ground.refuse("argument", routine.name, level, "its p_org_id is not the organisation")
    elif routine.volatility == "volatile" and not ground.is_defined_as_org(node.args[0], scope):
        # It could run for a row that a condition drops later.
        ground.refuse(
            "argument", routine.name, level, "it acts, and its p_org_id is the organisation by a filter only"
        )


def _set_context(judge: "Judge", node: Message, scope: Scope, level: str) -> None:
    ground = judge.ground
    setting = text_of(node.args[0])
    if ground.routine not in CONTEXT_SETTERS or setting not in CONTEXT_SETTINGS:
        ground.refuse("function", CONTEXT_SETTER, level, "only the routine that enters sets the context")
    elif setting == ORG_SETTING:
        value = unwrap(node.args[1])
        ground.bound += 1
        if kind(value) != "TypeCast" or not ground.is_defined_as_org(value.arg, scope):
            ground.refuse("argument", CONTEXT_SETTER, level, f"{ORG_SETTING} is not set to the organisation")
