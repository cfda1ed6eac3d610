"""Rows of tenant tables as values: each is made with its organisation in front, and handed on whole.

A routine may keep rows in variables and write them later. That is proven by where such a value can come from: a row
constructor that begins with the organisation, a row that was read under it, or another such value.
"""

from proof.ground import Ground
from proof.scope import Scope
from proof.tree import Message, column, enum, is_null, kind, names, text_of, type_name, unwrap


def require(
    ground: Ground, node: Message, type_: str, scope: Scope, level: str, *, is_cast: bool = False
) -> None:
    ground.bound += 1
    if not (is_castable if is_cast else is_carrying)(ground, node, type_, scope):
        ground.refuse(
            "row", type_, level, "a row of a tenant's table that does not begin with the organisation"
        )


def is_carrying(ground: Ground, node: Message, type_: str, scope: Scope) -> bool:
    """Say whether a value of a row type, of an array of it or of a type that holds such, is of the organisation."""
    node, held = unwrap(node), False
    match kind(node):
        case "A_Const":
            held = is_null(node) or (type_.endswith("[]") and text_of(node) == "{}")
        case "TypeCast":
            held = type_name(node.type_name) == type_ and is_castable(ground, node.arg, type_, scope)
        case "CoalesceExpr":
            held = all(is_carrying(ground, part, type_, scope) for part in node.args)
        case "RowExpr":
            held = _is_carrying_row(ground, node, type_, scope)
        case "FuncCall":
            # The routine is held to it where it returns, and to its own organisation by its argument.
            routine = ground.catalog.routines.get(".".join(names(node.funcname)))
            held = routine is not None and not routine.is_set and routine.returns == type_
        case "A_Indirection":
            plain = all(kind(part) == "A_Indices" and not unwrap(part).is_slice for part in node.indirection)
            held = plain and is_carrying(ground, node.arg, f"{type_}[]", scope)
        case "SubLink":
            held = type_.endswith("[]") and _is_array_of_made(node)
        case "ColumnRef":
            held = _is_carrying_name(ground, column(node), type_, scope)
    return held


def is_castable(ground: Ground, node: Message, type_: str, scope: Scope) -> bool:
    """Say whether a cast to a row type keeps the organisation: a cast of text would be read for one."""
    name = column(node)
    if name:
        return scope.owner(name[0]) is None and type_of(ground, name) == type_
    return kind(node) in ("A_Const", "RowExpr") and is_carrying(ground, node, type_, scope)


def _is_carrying_row(ground: Ground, node: Message, type_: str, scope: Scope) -> bool:
    attributes = ground.catalog.composites.get(type_)
    if attributes is None:
        return ground.catalog.is_tenant(type_) and bool(node.args) and ground.holds_org(node.args[0], scope)
    return len(attributes) == len(node.args) and all(
        is_carrying(ground, part, inner, scope)
        for (_, inner), part in zip(attributes, node.args, strict=True)
        if ground.catalog.carries(inner)
    )


def _is_array_of_made(node: Message) -> bool:
    # A column has its type from where it was made, which is judged there.
    targets = unwrap(node.subselect).target_list
    is_array = enum(node, "sub_link_type") == "ARRAY_SUBLINK" and len(targets) == 1
    return is_array and len(column(unwrap(unwrap(targets[0]).val))) == 2


def _is_carrying_name(ground: Ground, name: list[str], type_: str, scope: Scope) -> bool:
    owner = scope.owner(name[0])
    if owner is not None:
        # A column has its type from where it was made, which is judged there. A whole row is a tenant's if its
        # table is.
        return len(name) == 2 or owner.relations[name[0]] == type_
    return type_ == type_of(ground, name)


def type_of(ground: Ground, name: list[str]) -> str | None:
    """Return the type of a variable, or of a field of one."""
    declared = ground.variables.get(name[0])
    if len(name) == 1 or declared is None:
        return declared
    if len(name) > 2:
        return None
    known = ground.fields.get(name[0], {})
    return dict(ground.catalog.composites.get(declared, [])).get(name[1]) or known.get(name[1])


def fills_whole_rows(ground: Ground, select: Message, relation: str, scope: Scope) -> bool:
    """Say whether a SELECT is `* from unnest(rows of this very table)`, which lists org_id first by its type."""
    if kind(select) != "SelectStmt" or len(select.target_list) != 1 or len(select.from_clause) != 1:
        return False
    source = unwrap(select.from_clause[0])
    if column(unwrap(select.target_list[0]).val)[-1:] != ["*"] or kind(source) != "RangeFunction":
        return False
    call = unwrap(unwrap(source.functions[0]).items[0])
    is_unnest = kind(call) == "FuncCall" and names(call.funcname) == ["unnest"] and len(call.args) == 1
    plain = len(source.functions) == 1 and not source.ordinality and not source.alias.colnames
    return plain and is_unnest and is_carrying(ground, call.args[0], f"{relation}[]", scope)


def refuse_made_rows(ground: Ground, call: Message, level: str) -> None:
    """Refuse a function that makes rows of the type of its argument, unless that is `null::` a type of no tenant."""
    if not names(call.funcname)[-1].startswith("jsonb_populate"):
        return
    model = unwrap(call.args[0])
    if (
        kind(model) != "TypeCast"
        or not is_null(model.arg)
        or ground.catalog.carries(type_name(model.type_name))
    ):
        ground.refuse("row", ".".join(names(call.funcname)), level, "rows of a tenant's table out of JSON")
