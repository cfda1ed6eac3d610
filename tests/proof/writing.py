"""INSERT, UPDATE and DELETE: new rows get the organisation, old ones keep it."""

from typing import TYPE_CHECKING

from proof import carried, values
from proof.allowed import STATEMENTS
from proof.catalog import relation_name
from proof.scope import Scope
from proof.tree import ORG, Message, enum, kind, unwrap

if TYPE_CHECKING:
    from proof.judge import Judge, Tables

# Its rows are the organisations: which codes are taken is decided among all of them.
DIRECTORY = "tenancy.org"


def write(judge: "Judge", node: Message, outer: Scope | None, tables: "Tables", level: str) -> None:
    if kind(node) not in STATEMENTS:
        judge.ground.refuse("statement", "", level, f"{kind(node)} is not for the product")
        return
    relation = relation_name(node.relation)
    tables = judge.named_tables(node, outer, tables, level)
    if (
        relation in tables
        or not judge.ground.catalog.is_tenant(relation)
        or relation in judge.ground.catalog.views
    ):
        judge.ground.refuse(
            "target", relation, level, "only a tenant's table is written, by its name with schema"
        )
    scope = Scope(outer)
    if kind(node) == "InsertStmt":
        _insert(judge, node, relation, scope, tables, level)
        return
    others = node.from_clause if kind(node) == "UpdateStmt" else node.using_clause
    judge.settle(scope, [node.relation, *others], node.where_clause, tables, level)
    if kind(node) == "UpdateStmt":
        _refuse_new_org(judge, node.target_list, relation, level)
    judge.expressions(node, scope, tables, level)


def _insert(judge: "Judge", node: Message, relation: str, scope: Scope, tables: "Tables", level: str) -> None:
    ground = judge.ground
    ground.reached.add(relation)
    ground.bound += 1
    select = unwrap(node.select_stmt)
    if not node.cols:
        if not carried.fills_whole_rows(ground, select, relation, scope):
            ground.refuse("insert-columns", relation, level, "it does not list its columns, org_id first")
    elif unwrap(node.cols[0]).name != ORG:
        ground.refuse("insert-columns", relation, level, "org_id is not its first column")
    elif kind(select) != "SelectStmt":
        ground.refuse("insert-values", relation, level, "it inserts no values of its own")
    elif select.values_lists:
        for n, row in enumerate(map(unwrap, select.values_lists), start=1):
            if not ground.holds_org(row.items[0], Scope(scope.outer)):
                ground.refuse(
                    "insert-values", relation, level, f"row {n} does not begin with the organisation"
                )
    if kind(select) == "SelectStmt":
        outputs = judge.select(select, scope.outer, tables, f"{level} > source")
        if node.cols and not select.values_lists and not (outputs and outputs[0][1]):
            ground.refuse(
                "insert-values", relation, level, "its SELECT does not project the organisation first"
            )
    name = node.relation.alias.aliasname or node.relation.relname
    scope.relations[name] = relation
    scope.defined.add((name, ORG))
    scope.conclude()
    _conflict(judge, node, relation, scope, tables, level)
    values.expression(judge, node.returning_clause, scope, tables, level)


def _conflict(
    judge: "Judge", node: Message, relation: str, scope: Scope, tables: "Tables", level: str
) -> None:
    if not node.HasField("on_conflict_clause"):
        return
    clause = node.on_conflict_clause
    changes_rows = enum(clause, "action") != "ONCONFLICT_NOTHING"
    named = {unwrap(element).name for element in clause.infer.index_elems}
    is_vague = clause.infer.conname or (named and ORG not in named) or (changes_rows and not named)
    if is_vague and (changes_rows or relation != DIRECTORY):
        judge.ground.refuse(
            "conflict-target", relation, level, "ON CONFLICT names columns, org_id among them"
        )
    _refuse_new_org(judge, clause.target_list, relation, level)
    judge.expressions(clause, scope, tables, level)


def _refuse_new_org(judge: "Judge", targets: list[Message], relation: str, level: str) -> None:
    if any(unwrap(target).name == ORG for target in targets):
        judge.ground.refuse("org-changed", relation, level, "a row never moves to another organisation")
