"""The same proof for the bodies of routines, whose organisation is `p_org_id`, and for views."""

import re
from collections.abc import Iterator

from proof import carried, plpgsql
from proof.allowed import BY_NAME, ENTERING, OF_A_ROW, OF_THE_PLATFORM, OWN_ORG, REACHED_BY_NAME
from proof.catalog import ANCHOR, Catalog, Routine
from proof.ground import Ground
from proof.judge import Judge, Outputs
from proof.plpgsql import Body, Fragment
from proof.scope import Scope
from proof.tree import ORG, Message, UnreadableError, column, kind, names, parse_script, type_name, unwrap
from proof.verdict import Finding, Verdict

_NOTHING = "(no organisation)"


def judge_view(name: str, catalog: Catalog) -> Verdict:
    """Judge a view: given that its org_id is the organisation, all that it reads is."""
    ground = Ground(catalog, anchors=(_NOTHING,))
    Judge(ground).select(catalog.views[name], None, {}, name, is_view=True)
    return Verdict(tuple(ground.findings), frozenset(ground.reached))


def judge_routine(routine: Routine, catalog: Catalog) -> Verdict:
    """Judge a routine. One that takes no organisation is proven to reach nobody's rows."""
    if routine.name in BY_NAME:
        return Verdict(reached=REACHED_BY_NAME.get(routine.name, frozenset()))
    try:
        body = pieces(routine)
    except UnreadableError as failure:
        return Verdict((Finding("unreadable", routine.name, "body", str(failure)),))
    verdict = judge_body(routine, body, catalog)
    if routine.name in OF_THE_PLATFORM and not routine.takes_org:
        return Verdict(tuple(one for one in verdict.findings if one.code != "platform"), verdict.reached)
    return verdict


def pieces(routine: Routine) -> Body:
    """Return the SQL of a body, whichever its language."""
    if routine.language == "plpgsql":
        return plpgsql.take_apart(routine)
    if routine.language != "sql":
        raise UnreadableError(f"language {routine.language}")
    return Body({}, (Fragment("return query", routine.body),))


def judge_body(routine: Routine, body: Body, catalog: Catalog) -> Verdict:
    judged = Judge(
        Ground(
            catalog,
            anchors=anchors(routine, body),
            routine=routine.name,
            variables=body.variables,
            fields=dict(_loop_records(body, catalog)),
        )
    )
    if routine.name in catalog.overloaded:
        judged.ground.refuse(
            "overloaded", routine.name, "body", "two routines of one name cannot be told apart"
        )
    for fragment in body.fragments:
        try:
            _judge_fragment(judged, routine, fragment)
        except UnreadableError as failure:
            judged.ground.refuse("unreadable", routine.name, fragment.form, str(failure))
    _judge_anchor(judged.ground, routine, body)
    return Verdict(tuple(judged.ground.findings), frozenset(judged.ground.reached))


def statement_of(fragment: Fragment) -> Message:
    """Return a fragment as one statement; a value is what a SELECT would answer."""
    is_whole = fragment.form in ("query", "return query")
    script = parse_script(fragment.text if is_whole else f"select {fragment.text}")
    if len(script.stmts) != 1:
        raise UnreadableError(f"{len(script.stmts)} statements")
    return unwrap(script.stmts[0].stmt)


def _judge_fragment(judged: Judge, routine: Routine, fragment: Fragment) -> None:
    ground, statement = judged.ground, statement_of(fragment)
    outputs = judged.statement(statement)
    match fragment.form:
        case "query":
            for name in filter(None, fragment.into.split(",")):
                type_ = ground.variables.get(name, "")
                if ground.catalog.carries(type_) and not _reads_rows_of(statement, type_):
                    ground.refuse("row", type_, "query", f"{name} gets what is not `select *` of its table")
        case "assign":
            _judge_assignment(judged, fragment, statement)
        case "return" if ground.catalog.carries(routine.returns):
            carried.require(ground, _value(statement), routine.returns, Scope(), "return")
        case "return query":
            _judge_answer(ground, routine, statement, outputs)


def _judge_assignment(judged: Judge, fragment: Fragment, statement: Message) -> None:
    ground = judged.ground
    target = unwrap(parse_script(f"select {fragment.into}").stmts[0].stmt)
    judged.statement(target)
    place = _value(target)
    is_element = kind(place) == "A_Indirection"
    if is_element and any(kind(part) == "String" for part in place.indirection):
        ground.refuse("row", fragment.into, "assign", "a field of an element is not told")
    name = column(place.arg if is_element else place)
    type_ = carried.type_of(ground, name) or ""
    if len(name) > 1 and name[-1] == ORG and ground.catalog.carries(ground.variables.get(name[0], "")):
        ground.refuse("org-changed", name[0], "assign", "a row never moves to another organisation")
    if is_element:
        type_ = type_.removesuffix("[]")
    if ground.catalog.carries(type_):
        carried.require(ground, _value(statement), type_, Scope(), "assign")


def _judge_answer(ground: Ground, routine: Routine, statement: Message, outputs: Outputs) -> None:
    """Hold what a routine answers to what its callers take for granted."""
    if routine.name in ENTERING and not (
        outputs and outputs[0][1] and routine.outputs[:1] == ((ORG, "uuid"),)
    ):
        ground.refuse(
            "entering", routine.name, "return query", "its first column is org_id, its own argument"
        )
    answered = routine.outputs or (("", routine.returns),)
    if routine.is_set and not routine.outputs:
        return  # nobody takes a row of a set for one that carries its organisation
    for (_, type_), target in zip(answered, getattr(statement, "target_list", ()), strict=False):
        value = unwrap(unwrap(target).val)
        # A column has its type from where it was made, and a row that is made here was judged where it is.
        is_made = kind(value) == "TypeCast" and type_name(value.type_name) == type_
        if ground.catalog.carries(type_) and len(column(value)) != 2 and not is_made:
            carried.require(ground, value, type_, Scope(), "return query")


def _anchors(routine: Routine) -> tuple[str, ...]:
    if routine.returns == "trigger":
        return OF_A_ROW
    return (ANCHOR if routine.takes_org else OWN_ORG.get(routine.name, _NOTHING),)


def anchors(routine: Routine, body: Body) -> tuple[str, ...]:
    """Return what holds the organisation in a body."""
    return (*_anchors(routine), *_copies(routine, body))


def _copies(routine: Routine, body: Body) -> Iterator[str]:
    """Yield the variables that get the organisation once and nothing else: until then they are null."""
    for name, type_ in body.variables.items():
        written = [one for one in body.fragments if name in re.split(r"[.,\[]", one.into)]
        is_once = type_ == "uuid" and [(one.form, one.into) for one in written] == [("assign", name)]
        if is_once and ".".join(column(_value(statement_of(written[0])))) in _anchors(routine):
            yield name


def _judge_anchor(ground: Ground, routine: Routine, body: Body) -> None:
    holders = {anchor.partition(".")[0] for anchor in _anchors(routine)}
    written = [
        one for one in body.fragments if re.split(r"[.\[]", one.into)[0] in holders and _sets_anchor(one)
    ]
    filled = [one for one in body.fragments if holders & {*one.into.split(",")} and one.form == "query"]
    expected = 1 if routine.name in OWN_ORG else 0
    if len(written) != expected or filled or not all(_is_fresh(one) for one in written):
        ground.refuse("anchor", ground.anchors[0], "body", "what holds the organisation is set once")
    if routine.takes_org and routine.parameters[0][1] != "uuid":
        ground.refuse("anchor", ground.anchors[0], "body", "it is a uuid")
    if routine.name in ENTERING and (
        ORG in {one.into for one in body.fragments} or "next" in routine.body.split()
    ):
        ground.refuse("entering", routine.name, "body", "it answers by `return query` alone")


def _sets_anchor(fragment: Fragment) -> bool:
    # A trigger may change other fields of its row.
    return "." not in fragment.into or fragment.into.endswith(f".{ORG}")


def _is_fresh(fragment: Fragment) -> bool:
    value = _value(statement_of(fragment))
    return kind(value) == "FuncCall" and names(value.funcname) == ["platform", "uuidv7"]


def _loop_records(body: Body, catalog: Catalog) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the columns of each record that is filled by `select * from` one routine, and by nothing else."""
    filled = [one for one in body.fragments if one.into and body.variables.get(one.into) == "record"]
    for fragment in filled:
        statement = statement_of(fragment)
        if [one.into for one in filled].count(fragment.into) == 1 and (source := _only_source(statement)):
            called = unwrap(unwrap(source.functions[0]).items[0]) if kind(source) == "RangeFunction" else None
            name = (
                ".".join(names(called.funcname)) if called is not None and kind(called) == "FuncCall" else ""
            )
            if name in catalog.routines:
                yield fragment.into, dict(catalog.routines[name].outputs)


def _only_source(statement: Message) -> Message | None:
    """Return what `select * from` reads, if that is all the statement is."""
    if kind(statement) != "SelectStmt" or len(statement.from_clause) != 1 or len(statement.target_list) != 1:
        return None
    return unwrap(statement.from_clause[0]) if column(_value(statement))[-1:] == ["*"] else None


def _reads_rows_of(statement: Message, relation: str) -> bool:
    source = _only_source(statement)
    is_table = source is not None and kind(source) == "RangeVar"
    return is_table and f"{source.schemaname}.{source.relname}" == relation


def _value(statement: Message) -> Message:
    return unwrap(unwrap(statement.target_list[0]).val)
