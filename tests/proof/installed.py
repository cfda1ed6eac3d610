"""A routine or view as the database has it, with one of its ties taken out: where a piece stood, its mutant stands."""

import re
from typing import Any

import postgast
import psycopg

from proof.catalog import Routine
from proof.mutants import OTHER_VALUE, RoutineMutant, ViewMutant, text_of_view
from proof.plpgsql import Body, Fragment
from proof.routines import pieces

OTHER_SETTING = "mutant.other"
OTHER = f"current_setting('{OTHER_SETTING}')::uuid"
_Token = tuple[str, int, int]  # the word in lower case, and where it starts and ends, in bytes


def mutated_routine(connection: psycopg.Connection[Any], routine: Routine, mutant: RoutineMutant) -> str:
    """Return the statement that puts the mutant in the place of its routine."""
    return definition(connection, routine, with_body(routine, mutant.body, mutant.index))


def mutated_view(mutant: ViewMutant) -> str:
    """Return the statement that puts the mutant in the place of its view."""
    name = mutant.name.partition(":")[0]
    return f"create or replace view {name} with (security_invoker = true) as {text_of_view(mutant.query)}"


def definition(connection: psycopg.Connection[Any], routine: Routine, body: str) -> str:
    """Return the CREATE statement of a routine with another body and everything else as it is."""
    row = connection.execute(
        "select pg_get_functiondef(p.oid), p.prosrc from pg_proc as p where p.oid = %s::regproc",
        [routine.name],
    ).fetchone()
    assert row is not None, routine.name
    whole, source = row
    assert whole.count(source) == 1, f"{routine.name} does not stand in its own definition"
    return str(whole.replace(source, body.replace(OTHER_VALUE, OTHER)))


def with_body(routine: Routine, changed: Body, index: int) -> str:
    """Return the body of a routine as text, with the piece of that index as it is in `changed`."""
    piece = changed.fragments[index]
    if routine.language == "sql":
        return piece.text
    originals = pieces(routine).fragments
    original = originals[index]
    # Pieces that read alike stand in the order in which they are read.
    nth = [one for one in originals[:index] if (one.text, one.into) == (original.text, original.into)]
    start, end, is_performed = _places(routine.body, original)[len(nth)]
    text = piece.text
    if is_performed:
        text = re.sub(r"^\s*select\b", "perform", text, flags=re.IGNORECASE)
    data = routine.body.encode()
    if original.form == "query" and _is_filled(data[start:end].decode()):
        strict = "strict " * ("strict" in data[start:end].decode().lower().split())
        text = f"{text} into {strict}{original.into}"
    return b"".join((data[:start], text.encode(), data[end:])).decode()


def _is_filled(text: str) -> bool:
    words = [word for word, _, _ in _tokens(text)]
    return any(word == "into" and words[at - 1] != "insert" for at, word in enumerate(words))


def _places(body: str, piece: Fragment) -> list[tuple[int, int, bool]]:
    """Return from where to where a piece stands in a body, in bytes, and whether PERFORM stands for its SELECT."""
    wanted, tokens = [word for word, _, _ in _tokens(piece.text)], _tokens(body)
    return [
        (tokens[at][1], tokens[last][2], tokens[at][0] == "perform")
        for at in range(len(tokens))
        if (last := _end_of(tokens, at, wanted)) is not None
    ]


def _end_of(tokens: list[_Token], at: int, wanted: list[str]) -> int | None:
    """Return the last token of what is wanted from a token on; INTO and what it names may stand between."""
    is_filled = False
    for n, word in enumerate(wanted):
        if at < len(tokens) and tokens[at][0] == "into" != word and not is_filled:
            at, is_filled = _behind_into(tokens, at), True
        if at >= len(tokens) or not (
            tokens[at][0] == word or (n == 0 and (tokens[at][0], word) == ("perform", "select"))
        ):
            return None
        at += 1
    if at < len(tokens) and tokens[at][0] == "into" and not is_filled:
        at = _behind_into(tokens, at)
    return at - 1


def _behind_into(tokens: list[_Token], at: int) -> int:
    at += 1
    if tokens[at][0] == "strict":
        at += 1
    while tokens[at + 1][0] in (",", "."):
        at += 2
    return at + 1


def _tokens(text: str) -> list[_Token]:
    data = text.encode()
    return [
        (data[one.start : one.end].decode().lower(), one.start, one.end)
        for one in postgast.scan(text).tokens
        if not data[one.start : one.end].startswith((b"--", b"/*"))
    ]
