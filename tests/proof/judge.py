"""The proof of one statement: every relation of every query level is tied to the organisation."""

from collections.abc import Iterable

from proof import conditions, values, writing
from proof.allowed import ENTERING, STATEMENTS, SYNTAX
from proof.catalog import PLATFORM, Catalog, relation_name
from proof.ground import Ground
from proof.scope import Scope
from proof.tree import (
    ORG,
    Message,
    UnreadableError,
    column,
    enum,
    kind,
    names,
    parse,
    unwrap,
    walk,
)
from proof.verdict import Finding, Verdict

# An output of a query: its name, and whether it holds the organisation.
Outputs = list[tuple[str, bool]]
Tables = dict[str, Outputs]
_NOT_EXPRESSIONS = ("from_clause", "with_clause", "larg", "rarg")


def judge(text: str, catalog: Catalog) -> Verdict:
    """Judge one statement with psycopg's placeholders; its organisation is `%(org_id)s`."""
    try:
        parsed = parse(text)
    except UnreadableError as failure:
        return Verdict((Finding("unreadable", "", "statement", str(failure)),))
    ground = Ground(catalog, parsed.names)
    Judge(ground).statement(parsed.statement)
    if not ground.findings and not ground.bound:
        ground.refuse("not-bound", "", "statement", "nothing in it depends on %(org_id)s")
    return Verdict(tuple(ground.findings), frozenset(ground.reached))


class Judge:
    """One walk through one statement."""

    def __init__(self, ground: Ground) -> None:
        """Judge on this ground; what is found is left there."""
        self.ground = ground

    def statement(self, node: Message) -> Outputs:
        if kind(node) not in STATEMENTS:
            self.ground.refuse("statement", "", "statement", f"{kind(node)} is not for the product")
            return []
        if unknown := sorted({kind(part) for part in walk(node)} - SYNTAX):
            self.ground.refuse(
                "syntax", "", "statement", f"the proof does not understand {', '.join(unknown)}"
            )
            return []
        self._refuse_captured_names(node)
        return self.query(node, None, {}, "statement")

    def query(self, node: Message, outer: Scope | None, tables: Tables, level: str) -> Outputs:
        node = unwrap(node)
        if kind(node) != "SelectStmt":
            writing.write(self, node, outer, tables, level)
            return []
        return self.select(node, outer, tables, level)

    def select(
        self, node: Message, outer: Scope | None, tables: Tables, level: str, *, is_view: bool = False
    ) -> Outputs:
        """Judge a SELECT; with `is_view` its own output org_id is taken for the organisation."""
        tables = self.named_tables(node, outer, tables, level)
        scope = Scope(outer)
        if enum(node, "op") != "SETOP_NONE":
            arms = [
                self.select(arm, outer, tables, f"{level} > arm {n}", is_view=is_view)
                for n, arm in enumerate((node.larg, node.rarg), start=1)
            ]
            outputs = [
                (name, holds and too) for (name, holds), (_, too) in zip(arms[0], arms[1], strict=False)
            ]
        elif node.values_lists:
            rows = [
                [self.ground.holds_org(value, scope) for value in unwrap(row).items]
                for row in node.values_lists
            ]
            outputs = [(f"column{n}", all(held)) for n, held in enumerate(zip(*rows, strict=False), start=1)]
        else:
            if is_view:
                self._assume_output(node, scope, level)
            self.settle(scope, node.from_clause, node.where_clause, tables, level)
            outputs = [self._output(target, scope) for target in map(unwrap, node.target_list)]
        self.expressions(node, scope, tables, level)
        return outputs

    def named_tables(self, node: Message, outer: Scope | None, tables: Tables, level: str) -> Tables:
        if not node.HasField("with_clause"):
            return tables
        if node.with_clause.recursive:
            self.ground.refuse("recursive", "", level, "a recursive query is not understood")
        tables = dict(tables)
        for one in map(unwrap, node.with_clause.ctes):
            outputs = self.query(one.ctequery, outer, tables, f"{level} > with {one.ctename}")
            tables[one.ctename] = [] if one.aliascolnames else outputs
        return tables

    def settle(
        self, scope: Scope, items: Iterable[Message], where: Message, tables: Tables, level: str
    ) -> None:
        """Bind what a level reads, until its conditions teach nothing more; then all of it must be tied."""
        items = [*items]
        while True:
            mark = len(self.ground.findings)
            scope.relations.clear()
            scope.implied.clear()
            for item in items:
                self.bind(item, scope, tables, level)
            conditions.learn(self.ground, where, scope, None)
            if not scope.conclude():
                break
            del self.ground.findings[mark:]
        for name, relation in scope.relations.items():
            if self.ground.catalog.is_tenant(relation):
                self.ground.bound += 1
                if (name, ORG) not in scope.anchored:
                    missing = f"no condition at the top ties {name}.{ORG} to the organisation"
                    self.ground.refuse("unanchored", relation, level, missing)

    def bind(self, node: Message, scope: Scope, tables: Tables, level: str) -> set[str]:
        """Add an item of FROM to its level; returns the names that it brings."""
        node = unwrap(node)
        match kind(node):
            case "RangeVar":
                return self._bind_relation(node, scope, tables, level)
            case "JoinExpr":
                return conditions.bind_join(self, node, scope, tables, level)
            case "RangeSubselect":
                name = node.alias.aliasname
                outputs = self.query(
                    node.subquery,
                    scope if node.lateral else scope.outer,
                    tables,
                    f"{level} > {name or 'subquery'}",
                )
                return self._introduce(scope, name, "", level, [] if node.alias.colnames else outputs)
            case "RangeFunction":
                return self._bind_functions(node, scope, tables, level)
        self.ground.refuse("syntax", "", level, f"the proof does not understand {kind(node)} in FROM")
        return set()

    def expressions(self, node: Message, scope: Scope, tables: Tables, level: str) -> None:
        """Judge every expression of a level, but not what its FROM and WITH hold."""
        for field, value in node.ListFields():
            if field.message_type is not None and field.name not in _NOT_EXPRESSIONS:
                for part in value if hasattr(value, "__len__") else [value]:
                    values.expression(self, part, scope, tables, level)

    def _bind_relation(self, node: Message, scope: Scope, tables: Tables, level: str) -> set[str]:
        relation = relation_name(node)
        name = node.alias.aliasname or node.relname
        if not node.schemaname:
            if relation in tables:
                outputs = [] if node.alias.colnames else tables[relation]
                return self._introduce(scope, name, "", level, outputs)
            self.ground.refuse("unqualified", relation, level, "write the name with its schema")
        elif not self.ground.catalog.is_classified(relation):
            self.ground.refuse("unclassified", relation, level, "it is neither a tenant's nor the platform's")
        elif relation in PLATFORM:
            self.ground.refuse("platform", relation, level, "it belongs to no organisation")
        elif node.alias.colnames:
            self.ground.refuse("renamed", relation, level, "its columns are renamed, so org_id is not told")
        self.ground.reached.add(relation)
        return self._introduce(scope, name, relation, level, [])

    def _bind_functions(self, node: Message, scope: Scope, tables: Tables, level: str) -> set[str]:
        calls = [unwrap(unwrap(one).items[0]) for one in node.functions]
        for call in calls:
            values.expression(self, call, scope, tables, level)
        called = ".".join(names(calls[0].funcname)) if kind(calls[0]) == "FuncCall" else ""
        name = node.alias.aliasname or called.rpartition(".")[2]
        introduced = self._introduce(scope, name, "", level, [])
        is_plain = (
            len(calls) == 1 and called in ENTERING and not node.alias.colnames and len(calls[0].args) > 0
        )
        if is_plain and self.ground.is_defined_as_org(calls[0].args[0], scope):
            scope.defined.add((name, ORG))
        return introduced

    def _introduce(self, scope: Scope, name: str, relation: str, level: str, outputs: Outputs) -> set[str]:
        if scope.owner(name):
            self.ground.refuse("shadowed", relation, level, f"the name {name} stands for two things")
        scope.relations[name] = relation
        scope.anchored |= {(name, output) for output, holds in outputs if holds and output}
        return {name}

    def _output(self, target: Message, scope: Scope) -> tuple[str, bool]:
        found = column(target.val)
        return target.name or (found[-1] if found else ""), self.ground.holds_org(target.val, scope)

    def _assume_output(self, node: Message, scope: Scope, level: str) -> None:
        for target in map(unwrap, node.target_list):
            found = column(target.val)
            if len(found) == 2 and found[1] == ORG and target.name in ("", ORG):
                scope.defined.add((found[0], ORG))
                return
        self.ground.refuse("view", "", level, "a view shows org_id, and takes it from one of its tables")

    def _refuse_captured_names(self, node: Message) -> None:
        """In a routine a column or alias of the anchor's name would stand in its place."""
        for part in walk(node):
            given = [getattr(part, field, "") for field in ("aliasname", "ctename")]
            given += [
                unwrap(name).sval
                for field in ("colnames", "aliascolnames")
                for name in getattr(part, field, [])
            ]
            given += [part.name] if kind(part) == "ResTarget" else []
            for anchor in self.ground.anchors:
                if anchor.partition(".")[0] in given:
                    self.ground.refuse("captured", "", "statement", f"{anchor} is the organisation's name")
