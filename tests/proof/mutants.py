"""Each place that ties a statement to its organisation, taken away one at a time from the syntax tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import postgast

from proof.allowed import BY_NAME, CONTEXT_SETTER, ENTERING, ORG_SETTING, OWN_ORG
from proof.catalog import Catalog, Routine
from proof.judge import judge
from proof.plpgsql import Body
from proof.routines import anchors, pieces, statement_of
from proof.slots import Site, holders, of_text, statement_of_value, text_of_statement
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
    text_of,
    unwrap,
    without_cast,
    written,
)
from proof.verdict import Verdict

OTHER = (
    "other_org_id"  # the parameter of another organisation, where taking away is putting another in its place
)
OTHER_VALUE = f"p_{OTHER}"  # the same in the body of a routine


@dataclass(frozen=True, slots=True)
class Mutant:
    """A statement without one of its ties. Where `sql` mentions `%(other_org_id)s`, that is another organisation."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class RoutineMutant:
    """A routine's body without one of its ties, which was in the piece of that index."""

    name: str
    body: Body
    index: int


@dataclass(frozen=True, slots=True)
class ViewMutant:
    """The query of a view without one of its ties."""

    name: str
    query: Message


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


def tied_routines(catalog: Catalog) -> dict[str, Routine]:
    """Return every routine that works for one organisation: its argument, that of its row, or its own."""
    return {
        name: routine
        for name, routine in catalog.routines.items()
        if name not in BY_NAME and (routine.takes_org or routine.returns == "trigger" or name in OWN_ORG)
    }


def routine_mutants(routine: Routine, catalog: Catalog) -> Iterator[RoutineMutant]:
    """Yield a routine once for each of its ties, without it. A routine whose other organisation is `OTHER_VALUE`."""
    body = pieces(routine)
    ties = _Ties(catalog, of_text(OTHER_VALUE), anchors=anchors(routine, body))
    for index, fragment in enumerate(body.fragments):
        is_answer = routine.name in ENTERING and fragment.form == "return query"
        for n in range(len([*ties.sites(statement_of(fragment), is_answer=is_answer)])):
            statement = statement_of(fragment)
            site = [*ties.sites(statement, is_answer=is_answer)][n]
            site.cut()
            name = f"{routine.name}: piece {index + 1}, {n + 1} {site.name}"
            yield RoutineMutant(name, with_piece(body, index, statement), index)


def rewritten(routine: Routine, index: int) -> Body:
    """Return a routine with one piece written anew from its tree, and nothing taken from it."""
    body = pieces(routine)
    return with_piece(body, index, statement_of(body.fragments[index]))


def view_mutants(name: str, catalog: Catalog) -> Iterator[ViewMutant]:
    """Yield a view once for each tie between its tables, without it."""
    whole = catalog.views[name]
    ties = _Ties(catalog, of_text("gen_random_uuid()"))
    for n in range(len([*ties.sites(whole)])):
        view = type(whole)()
        view.CopyFrom(whole)
        site = [*ties.sites(view)][n]
        site.cut()
        yield ViewMutant(f"{name}: {n + 1} {site.name}", view)


def text_of_view(view: Message) -> str:
    return text_of_statement(view, is_whole=True)


def with_piece(body: Body, index: int, statement: Message) -> Body:
    fragment = body.fragments[index]
    piece = replace(fragment, text=text_of_statement(statement, fragment.form in ("query", "return query")))
    return Body(body.variables, (*body.fragments[:index], piece, *body.fragments[index + 1 :]))


def _sites_of(parsed: Parsed, catalog: Catalog) -> list[Site]:
    ties = _Ties(catalog, of_text(f"${len(parsed.names) + 1}"), parameters=parsed.names)
    return [*ties.sites(parsed.statement)]


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
        for holder in holders(root):
            yield from self.of(holder)

    def of(self, holder: Message) -> Iterator[Site]:
        """Yield the ties that are right in this slot."""
        node = unwrap(holder)
        if node is holder and kind(node) != "InferClause":
            return
        match kind(node):
            case "A_Expr" if (sides := equality(node)) and any(map(self._is_org, sides)):
                yield Site(f"condition {self._text(node)}", lambda: holder.CopyFrom(of_text("true")))
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
        text = postgast.deparse(statement_of_value(value)).removeprefix("SELECT ")
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
