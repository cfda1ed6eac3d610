"""Each place that ties a statement to its organisation, taken away one at a time from the syntax tree."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import postgast

from proof.allowed import CONTEXT_SETTER, ENTERING, ORG_SETTING
from proof.catalog import Catalog, Routine
from proof.judge import judge
from proof.plpgsql import Body
from proof.routines import anchors, judge_body, judge_view, pieces, statement_of
from proof.tree import (
    ORG,
    Message,
    Parsed,
    column,
    enum,
    equality,
    kind,
    names,
    parse,
    parse_script,
    text_of,
    unwrap,
    without_cast,
    written,
)
from proof.verdict import Verdict

OTHER = (
    "other_org_id"  # the parameter of another organisation, where taking away is putting another in its place
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A statement without one of its ties. Where `sql` mentions `%(other_org_id)s`, that is another organisation."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Site:
    """One tie in a tree; `cut` takes it away from that tree."""

    name: str
    cut: Callable[[], None]


def mutants(statement: str, catalog: Catalog) -> Iterator[Mutant]:
    """Yield the statement once for each of its ties, without it."""
    for n in range(len(_sites_of(parse(statement), catalog))):
        parsed = parse(statement)
        site = _sites_of(parsed, catalog)[n]
        site.cut()
        yield Mutant(f"{n + 1} {site.name}", written(Parsed(parsed.tree, (*parsed.names, OTHER))))


def judged_mutants(statement: str, catalog: Catalog) -> Iterator[tuple[Mutant, Verdict]]:
    for mutant in mutants(statement, catalog):
        yield mutant, judge(mutant.sql, catalog)


def routine_mutants(routine: Routine, catalog: Catalog) -> Iterator[tuple[str, Verdict]]:
    """Yield each tie of a routine's body with the verdict on the body without it."""
    body = pieces(routine)
    ties = _Ties(catalog, _of_text(f"p_{OTHER}"), anchors=anchors(routine, body))
    for index, fragment in enumerate(body.fragments):
        is_answer = routine.name in ENTERING and fragment.form == "return query"
        for n in range(len([*ties.sites(statement_of(fragment), is_answer=is_answer)])):
            statement = statement_of(fragment)
            site = [*ties.sites(statement, is_answer=is_answer)][n]
            site.cut()
            cut = replace(fragment, text=_text(statement, fragment.form in ("query", "return query")))
            fragments = (*body.fragments[:index], cut, *body.fragments[index + 1 :])
            name = f"{routine.name}: piece {index + 1}, {n + 1} {site.name}"
            yield name, judge_body(routine, Body(body.variables, fragments), catalog)


def view_mutants(name: str, catalog: Catalog) -> Iterator[tuple[str, Verdict]]:
    """Yield each tie between the tables of a view with the verdict on the view without it."""
    whole = catalog.views[name]
    ties = _Ties(catalog, _of_text("gen_random_uuid()"))
    for n in range(len([*ties.sites(whole)])):
        view = type(whole)()
        view.CopyFrom(whole)
        site = [*ties.sites(view)][n]
        site.cut()
        yield f"{name}: {n + 1} {site.name}", judge_view(name, replace(catalog, views={name: view}))


def _sites_of(parsed: Parsed, catalog: Catalog) -> list[Site]:
    ties = _Ties(catalog, _of_text(f"${len(parsed.names) + 1}"), parameters=parsed.names)
    return [*ties.sites(parsed.statement)]


def _holders(node: Message) -> Iterator[Message]:
    """Yield every slot of the tree, from the top down; what is in a slot can be exchanged."""
    for field, value in node.ListFields():
        if field.message_type is not None:
            for child in value if hasattr(value, "__len__") else [value]:
                yield child
                yield from _holders(child)


class _Ties:
    def __init__(
        self,
        catalog: Catalog,
        other: Message,
        *,
        parameters: tuple[str, ...] = (),
        anchors: tuple[str, ...] = (),
    ) -> None:
        self.catalog, self.other, self.parameters, self.anchors = catalog, other, parameters, anchors

    def sites(self, root: Message, *, is_answer: bool = False) -> Iterator[Site]:
        """Yield every tie of a statement; with `is_answer` its first column is one."""
        if is_answer:
            yield from self.replaced("answer", [unwrap(root.target_list[0]).val])
        if kind(root) == "InsertStmt":
            yield from self._insert(root)
        for holder in _holders(root):
            yield from self.of(holder)

    def of(self, holder: Message) -> Iterator[Site]:
        """Yield the ties that are right in this slot."""
        node = unwrap(holder)
        if node is holder and kind(node) != "InferClause":
            return
        match kind(node):
            case "A_Expr" if (sides := equality(node)) and any(map(self._is_org, sides)):
                yield Site(f"condition {self._text(node)}", lambda: holder.CopyFrom(_of_text("true")))
            case "FuncCall":
                yield from self._argument(node)
            case "RowExpr" if node.args and self._is_org(node.args[0]):
                yield from self.replaced("row", node.args[:1])
            case "InsertStmt":
                yield from self._insert(node)
            case "InferClause":
                for n, element in enumerate(node.index_elems):
                    if unwrap(element).name == ORG:
                        yield Site("conflict target", lambda n=n: node.index_elems.__delitem__(n))

    def replaced(self, name: str, slots: list[Message]) -> Iterator[Site]:
        for slot in slots:
            yield Site(f"{name} {self._text(unwrap(slot))}", lambda slot=slot: slot.CopyFrom(self.other))

    def _text(self, value: Message) -> str:
        text = postgast.deparse(_statement_of(value)).removeprefix("SELECT ")
        return re.sub(r"\$(\d+)", lambda found: self.parameters[int(found[1]) - 1], text)

    def _argument(self, node: Message) -> Iterator[Site]:
        name = ".".join(names(node.funcname))
        routine = self.catalog.routines.get(name)
        if routine is not None and routine.takes_org and node.args:
            yield from self.replaced(f"argument of {name}:", node.args[:1])
        if name == CONTEXT_SETTER and text_of(node.args[0]) == ORG_SETTING:
            yield from self.replaced(f"argument of {name}:", [unwrap(node.args[1]).arg])

    def _insert(self, node: Message) -> Iterator[Site]:
        if not node.cols or unwrap(node.cols[0]).name != ORG:
            return
        sources = [*_arms(unwrap(node.select_stmt))]
        for source in sources:
            rows = [unwrap(row).items[0] for row in source.values_lists]
            yield from self.replaced("value", rows or [unwrap(source.target_list[0]).val])
        yield Site("column org_id", lambda: _without_first_column(node, sources))

    def _is_org(self, node: Message) -> bool:
        node = without_cast(node)
        if kind(node) == "ParamRef":
            return self.parameters[node.number - 1 : node.number] == (ORG,)
        return column(node)[-1:] == [ORG] or ".".join(column(node)) in self.anchors


def _without_first_column(node: Message, sources: list[Message]) -> None:
    del node.cols[0]
    for source in sources:
        for row in source.values_lists:
            del unwrap(row).items[0]
        if source.target_list:
            del source.target_list[0]


def _arms(select: Message) -> Iterator[Message]:
    if enum(select, "op") == "SETOP_NONE":
        yield select
    else:
        yield from (*_arms(select.larg), *_arms(select.rarg))


def _of_text(text: str) -> Message:
    """Return the node of a value."""
    return unwrap(unwrap(parse_script(f"select {text}").stmts[0].stmt).target_list[0]).val


def _statement_of(value: Message) -> Message:
    tree = parse_script("select null")
    slot = unwrap(unwrap(tree.stmts[0].stmt).target_list[0]).val
    _put(slot, value)
    return tree


def _put(slot: Message, value: Message) -> None:
    for field in slot.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.full_name == value.DESCRIPTOR.full_name:
            getattr(slot, field.name).CopyFrom(value)


def _text(statement: Message, is_whole: bool) -> str:
    tree = parse_script("select null")
    _put(tree.stmts[0].stmt, statement)
    text = postgast.deparse(tree)
    return text if is_whole else text.removeprefix("SELECT ")
