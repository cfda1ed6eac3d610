"""References: an id or a code in a query parameter, looked up within reach; and what an answer says of a parent."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends

from velaurum import texts
from velaurum.catalog import items, locations, lots, serials
from velaurum.catalog.lots import Lot
from velaurum.catalog.serials import Serial
from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal
from velaurum.ledger.outcomes import Actor, Ref
from velaurum.tenancy.context import OrgContext


@dataclass(frozen=True, slots=True)
class ParentRef:
    """The record that a record lies in. One that belongs to a department out of reach shows its id alone."""

    id: str
    code: str | None


class Nested(Protocol):
    """A record that may lie in another of its kind."""

    @property
    def parent_id(self) -> str | None: ...
    @property
    def parent_code(self) -> str | None: ...


def parent(record: Nested) -> ParentRef | None:
    """Return what an answer shows of the record that this one lies in."""
    return None if record.parent_id is None else ParentRef(record.parent_id, record.parent_code)


class FindPart(Protocol):
    """The verb that finds a lot or a serial by its id, or by its code within an item."""

    def __call__(
        self, tx: Tx, org: OrgContext, item_id: str | None, reference: str
    ) -> Lot | Serial | None: ...


class OfDepartment(Protocol):
    """A record that may belong to a department."""

    @property
    def sub_org_id(self) -> str | None: ...
    @property
    def sub_org_code(self) -> str | None: ...


class Made(Protocol):
    """A record that says who made it."""

    @property
    def maker_id(self) -> str: ...
    @property
    def maker_kind(self) -> str: ...
    @property
    def maker_name(self) -> str | None: ...


def sub_org(record: OfDepartment) -> Ref | None:
    """Return what an answer shows of the department of a record within reach."""
    if record.sub_org_id is None or record.sub_org_code is None:
        return None
    return Ref(record.sub_org_id, record.sub_org_code)


def maker(record: Made) -> Actor:
    """Return what an answer shows of who made a record."""
    return Actor(record.maker_id, record.maker_kind, record.maker_name)


def item_id(tx: Tx, org: OrgContext, reference: str | None) -> str | None:
    """Return the id of an item, or refuse `unknown-reference`."""
    if reference is None:
        return None
    item = items.find(tx, org, reference)
    if item is None:
        raise unknown("item", "There is no such item.")
    return item.id


def location_id(tx: Tx, org: OrgContext, reference: str | None, parameter: str = "location") -> str | None:
    """Return the id of the location that a parameter names, or refuse `unknown-reference`."""
    if reference is None:
        return None
    location = locations.find(tx, org, reference)
    if location is None:
        raise unknown(parameter, "There is no such location.")
    return location.id


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """Which location a list is about, and which one with all that lies in it, by id or code."""

    location: str | None
    within: str | None

    def ids(self, tx: Tx, org: OrgContext) -> dict[str, str | None]:
        """Return `location_id` and `within_id`, or refuse `unknown-reference`."""
        return {
            "location_id": location_id(tx, org, self.location),
            "within_id": location_id(tx, org, self.within, "within"),
        }


def _place(location: str | None = None, within: str | None = None) -> AskedPlace:
    return AskedPlace(location, within)


PlaceParameters = Annotated[AskedPlace, Depends(_place)]


@dataclass(frozen=True, slots=True)
class AskedPart:
    """Which lot or which serial a list is about, by id, or by code beside its item."""

    lot: str | None
    serial: str | None

    def ids(self, tx: Tx, org: OrgContext, item_id: str | None) -> dict[str, str | None]:
        """Return `lot_id` and `serial_id`, or refuse `unknown-reference`."""
        return {
            f"{noun}_id": None if reference is None else _part_id(tx, org, noun, find, item_id, reference)
            for noun, find, reference in (
                ("lot", lots.find, self.lot),
                ("serial", serials.find, self.serial),
            )
        }


def _part(lot: str | None = None, serial: str | None = None) -> AskedPart:
    return AskedPart(lot, serial)


PartParameters = Annotated[AskedPart, Depends(_part)]


def _part_id(tx: Tx, org: OrgContext, noun: str, find: FindPart, item_id: str | None, reference: str) -> str:
    found = find(tx, org, item_id, reference)
    if found is None:
        raise unknown(noun, _no_part(noun, item_id, reference))
    return found.id


def _no_part(noun: str, item: str | None, reference: str) -> str:
    if item is None and not texts.is_uuid(reference):
        return f"A {noun} is known by its code within its item: name the item too, or the {noun} by its id."
    return f"There is no such {noun}."


def unknown(parameter: str, detail: str) -> Refusal:
    return Refusal("unknown-reference", detail, (FieldError(parameter, "unknown-reference", detail),))
