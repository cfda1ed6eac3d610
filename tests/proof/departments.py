"""Each place where a statement or a routine minds the departments of who asks, taken out one at a time.

What is left reaches the whole organisation: null stands where the departments stood.
"""

from collections.abc import Iterator

from proof.catalog import Catalog, Routine
from proof.mutants import Mutant, RoutineMutant, with_piece
from proof.routines import pieces, statement_of
from proof.slots import holders, of_text
from proof.tree import Message, Parsed, column, kind, parse, unwrap, walk, written

REACH = "sub_org_ids"
_WHOLE = "null::uuid[]"


def narrow_mutants(statement: str) -> Iterator[Mutant]:
    """Yield the statement once for each mention of the departments, without it."""
    names = parse(statement).names
    for n in range(len(_mentions(parse(statement).statement, names))):
        parsed = parse(statement)
        _mentions(parsed.statement, names)[n].CopyFrom(of_text(_WHOLE))
        yield Mutant(f"departments {n + 1}", written(Parsed(parsed.tree, parsed.names)))


def narrow_routine_mutants(routine: Routine) -> Iterator[RoutineMutant]:
    """Yield the routine once for each mention of the departments, without it."""
    body = pieces(routine)
    for index, fragment in enumerate(body.fragments):
        for n in range(len(_mentions(statement_of(fragment)))):
            statement = statement_of(fragment)
            _mentions(statement)[n].CopyFrom(of_text(_WHOLE))
            name = f"{routine.name}: piece {index + 1}, departments {n + 1}"
            yield RoutineMutant(name, with_piece(body, index, statement), index)


def narrow_routines(catalog: Catalog) -> dict[str, Routine]:
    """Return every routine that minds departments."""
    return {
        name: routine
        for name, routine in catalog.routines.items()
        if routine.language in ("sql", "plpgsql")
        and REACH in routine.body
        and [*narrow_routine_mutants(routine)]
    }


def _mentions(root: Message, parameters: tuple[str, ...] = ()) -> list[Message]:
    """Return every slot that holds the departments."""
    for node in walk(root):
        # A column that is answered keeps its name without the expression that gave it one.
        if kind(node) == "ResTarget" and not node.name and column(node.val)[-1:] == [REACH]:
            node.name = REACH
    return [slot for slot in holders(root) if _is_mention(slot, parameters)]


def _is_mention(slot: Message, parameters: tuple[str, ...]) -> bool:
    node = unwrap(slot)
    if node is slot:
        return False
    if kind(node) == "ParamRef":
        return parameters[node.number - 1 : node.number] == (REACH,)
    return column(node)[-1:] in ([REACH], [f"p_{REACH}"])
