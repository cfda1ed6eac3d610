"""Bundles: what is held about one person, gathered from where it is held, for them to have (V-25)."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from velaurum.db.connection import Tx
from velaurum.db.person_names import former, is_sealed
from velaurum.db.queries import queries
from velaurum.identity import erasures, principals, restrictions
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.ledger import notes
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "bundling.sql")
# What of it is sealed, by where it is held: the word for the record, and the members.
_SEALED = {
    "principal": ("principal", ("name",)),
    "invitations": ("invitation", ("login",)),
    "passwords": ("password", ("login",)),
    "provider_subjects": ("provider-subject", ("subject",)),
    "passkeys": ("passkey", ("name",)),
    "scim_users": ("scim-user", ("user_name", "external_id", "attributes")),
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is held, by where; instants are RFC 3339.

    `unavailable` names the movements whose note, and the records whose name, no key opens now.
    """

    made_at: str
    held: Mapping[str, list[dict[str, Any]]]
    unavailable: list[str]


@dataclass(frozen=True, slots=True)
class _Held:
    held_in: str
    record_id: str
    at: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class _Noted:
    record_id: str
    at: str
    idempotency_key: str
    note: str | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True, repr=False)
class _Former:
    held_in: str
    record_id: str
    at: str
    name: str
    value: str
    is_plain: bool
    of_record: str


@dataclass(frozen=True, slots=True)
class _Access:
    day: str
    operation: str
    requests: int


@dataclass(frozen=True, slots=True)
class _AccessedBy:
    at: str
    operation: str
    request_id: str
    actor_id: str


def of(tx: Tx, org: OrgContext, keyring: Keyring, principal_id: str) -> Bundle:
    """Return what is held about a principal. Refuses `not-found`."""
    found = principals.get(tx, org, principal_id)
    which = {"org_id": org.org_id, "principal_id": found.id}
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in tx.all(QUERIES["held"], _Held, **which):
        held[one.held_in].append({"id": one.record_id, "at": one.at, **one.said})
    before = tx.all(QUERIES["former"], _Former, **which)
    names, closed_names = _names(tx, org, keyring, found.id, held, before)
    _tell(held, names)
    for past in before:
        value = past.value if past.is_plain else names.get((past.record_id, past.name))
        held["former_values"].append(
            {"id": past.record_id, "at": past.at, "of": past.held_in, past.name: value}
        )
    noted = tx.all(QUERIES["noted"], _Noted, **which)
    texts, closed = sealed_texts.texts_of(
        tx, org.org_id, keyring, _envelopes(org, found.id, found.kind, noted)
    )
    for note in noted:
        text = texts[note.record_id].text if note.record_id in texts else note.note
        held["notes"].append({"movement": note.record_id, "at": note.at, "note": text})
    for access in tx.all(QUERIES["accesses"], _Access, **which):
        held["accesses"].append(
            {"day": access.day, "operation": access.operation, "requests": access.requests}
        )
    if read := _accessed_by(tx, which, found.created_at):
        held["accessed_by"] = read
    for step in erasures.holds(tx, org, found.id):
        held["legal_holds"].append(
            {"id": step.id, "at": step.created_at, "action": step.action, "reason": step.reason}
        )
    for one_of in restrictions.steps(tx, org, found.id):
        held["restrictions"].append(
            {"id": one_of.id, "at": one_of.created_at, "action": one_of.action, "reason": one_of.reason}
        )
    return Bundle(
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), dict(held), sorted({*closed, *closed_names})
    )


def _accessed_by(tx: Tx, which: Mapping[str, str], since: str) -> list[dict[str, Any]]:
    """Return who read of the person: each request for a record of theirs, and by day who saw them among others."""
    seen = {
        "record": tx.all(QUERIES["accessed_by"], _AccessedBy, **which),
        "list": tx.all(QUERIES["shown_to"], _AccessedBy, **which),
        "export": tx.all(QUERIES["carried_away_by"], _AccessedBy, org_id=which["org_id"], since=since),
    }
    found = [
        {
            "at": one.at,
            "in": seen_in,
            "operation": one.operation,
            "request": one.request_id,
            "actor": one.actor_id,
        }
        for seen_in, by in seen.items()
        for one in by
    ]
    return sorted(found, key=lambda one: one["at"])


def _tell(held: Mapping[str, list[dict[str, Any]]], names: Mapping[tuple[str, str], str]) -> None:
    for one, _, name in _sealed(held):
        one[name] = names.get((str(one["id"]), name))
    for user in held.get("scim_users", ()):
        if user["attributes"] is not None:
            user["attributes"] = json.loads(user["attributes"])


def _sealed(held: Mapping[str, list[dict[str, Any]]]) -> list[tuple[dict[str, Any], str, str]]:
    """Return what is sealed: the document, the word for its record, and the member."""
    return [
        (one, subject, name)
        for held_in, (subject, names) in _SEALED.items()
        for one in held.get(held_in, ())
        for name in names
        if is_sealed(one[name])
    ]


def _names(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    principal_id: str,
    now: Mapping[str, list[dict[str, Any]]],
    before: list[_Former],
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Return what opens, by the record or the change that it is of and the member, and which records do not."""
    sealed = {
        (one.record_id, one.name): former(one.held_in, one.name, one.of_record, principal_id, one.value)
        for one in before
        if not one.is_plain
    }
    sealed |= {
        (str(one["id"]), name): former(subject, name, str(one["id"]), principal_id, one[name])
        for one, subject, name in _sealed(now)
    }
    asked = {which: person_names.kept(org.org_id, one) for which, one in sealed.items()}
    texts, closed = sealed_texts.open_each(tx, org.org_id, keyring, asked)
    return {which: text.text for which, text in texts.items()}, [record_id for record_id, _ in closed]


def _envelopes(org: OrgContext, principal_id: str, kind: str, noted: list[_Noted]) -> dict[str, Sealed]:
    subject_id = notes.subject_of(principal_id, kind)
    return {
        one.record_id: Sealed(notes.place(org.org_id, one.idempotency_key), one.sealed, subject_id)
        for one in noted
        if one.sealed is not None
    }
