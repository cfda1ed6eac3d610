"""Names of people in rows: which fields of a shape have one, so that all are opened in one place (V-25).

A name is stored sealed. A field that says nothing of itself is never opened, whatever stands in it.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from dataclasses import replace as replace_dataclass
from functools import cache, partial
from typing import Any, NamedTuple, Protocol, TypeVar, cast, get_type_hints

import msgspec

FORM = "VE1."
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PersonName:
    """Says of a field that it has the name of the principal whose id is in another field of the row.

    Or, with `at`, another text that is sealed for them: its table, its column, and the field with the id of its row.
    """

    of: str
    at: tuple[str, str, str] | None = None


class Kept(NamedTuple):
    """A sealed name as it is stored, or was, and whose it is; of another text also its table, column and row."""

    principal_id: str
    sealed: str
    at: tuple[str, str, str] | None = None


# Where what is sealed for a person stands, and stood: the table, by the word for its records and the column. A name
# stands with its person.
SEALED: Mapping[tuple[str, str], str] = {
    ("invitation", "login"): "identity.invitation",
    ("password", "login"): "identity.password",
    ("provider-subject", "subject"): "identity.provider_subject",
    ("scim-user", "user_name"): "identity.scim_user",
    ("scim-user", "external_id"): "identity.scim_user",
    ("scim-user", "attributes"): "identity.scim_user",
    ("scim-user", "attributes_digest"): "identity.scim_user",
    ("passkey", "name"): "identity.passkey",
}


def former(subject: str, name: str, record_id: str, principal_id: str, sealed: str) -> Kept:
    """Return what a record has, or a version of it is committed to, by this name, and whose it is."""
    table = SEALED.get((subject, name))
    return Kept(principal_id, sealed, None if table is None else (table, name, record_id))


class Names(Protocol):
    """What opens names, as far as their keys can be used now."""

    def opened(self, tx: Any, org_id: str, asked: Collection[Kept]) -> Mapping[Kept, str]:
        """Return the names that open. It waits for a provider, and refuses nothing."""


class Reading(Protocol):
    """A transaction that reads, as far as names are concerned."""

    @property
    def org_id(self) -> str | None: ...
    @property
    def names(self) -> Names | None: ...


def is_sealed(name: Any) -> bool:
    """Tell whether a name is sealed; no other begins so."""
    return isinstance(name, str) and name.startswith(FORM)


def told(tx: "Reading", rows: list[Row], shape: type[Row]) -> list[Row]:
    """Return rows with the names that they are declared to have; None where one does not open now."""
    fields = _fields(cast("Hashable", shape))
    if not fields:
        return rows
    return _opened(
        tx, rows, lambda row: [(name, _kept(said, name, partial(getattr, row))) for name, said in fields]
    )


def opened(tx: "Reading", rows: list[Row], named: Callable[[Row], Sequence[tuple[str, str]]]) -> list[Row]:
    """Return rows with the names in the fields that `named` says of each, with the ids of whose they are."""
    return _opened(
        tx, rows, lambda row: [(field, Kept(whose, getattr(row, field))) for field, whose in named(row)]
    )


def told_in(
    tx: "Reading", documents: Sequence[Mapping[str, Any]], fields: Sequence[tuple[str, PersonName]]
) -> list[dict[str, Any]]:
    """Return documents with the names that stand in these members, each beside the id of whose it is in another."""
    closed = [
        {
            name: _kept(said, name, one.__getitem__)
            for name, said in fields
            if is_sealed(one.get(name))
            and one.get(said.of) is not None
            and (said.at is None or said.at[2] in one)
        }
        for one in documents
    ]
    found = open_all(tx, {kept for of_one in closed for kept in of_one.values()})
    return [
        {**one, **{name: found.get(kept) for name, kept in of_one.items()}}
        for one, of_one in zip(documents, closed, strict=True)
    ]


def open_all(tx: "Reading", asked: Collection[Kept]) -> Mapping[Kept, str]:
    """Return the names that open now."""
    if not asked or tx.names is None or tx.org_id is None:
        return {}
    return tx.names.opened(tx, tx.org_id, asked)


def _opened(tx: "Reading", rows: list[Row], named: Callable[[Row], Sequence[tuple[str, Kept]]]) -> list[Row]:
    closed = [[(field, kept) for field, kept in named(row) if is_sealed(kept.sealed)] for row in rows]
    found = open_all(tx, {kept for of_row in closed for _, kept in of_row})
    return [
        _replaced(row, {field: found.get(kept) for field, kept in of_row}) if of_row else row
        for row, of_row in zip(rows, closed, strict=True)
    ]


def _kept(said: PersonName, name: str, get: Callable[[str], Any]) -> Kept:
    at = None if said.at is None else (*said.at[:2], str(get(said.at[2])))
    return Kept(get(said.of), get(name), at)


@cache
def _fields(shape: type[Any]) -> Sequence[tuple[str, PersonName]]:
    if not is_dataclass(shape):
        return ()
    return [
        (name, said)
        for name, hint in get_type_hints(shape, include_extras=True).items()
        for said in getattr(hint, "__metadata__", ())
        if isinstance(said, PersonName)
    ]


def _replaced(row: Row, values: Mapping[str, str | None]) -> Row:
    if isinstance(row, msgspec.Struct):
        return cast("Row", msgspec.structs.replace(row, **values))
    return cast("Row", replace_dataclass(cast("Any", row), **values))
