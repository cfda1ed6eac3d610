"""Records of the past in the shapes of the present: one way for every noun that has a history (V-21)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, Protocol, TypeVar

from velaurum.audit import history
from velaurum.audit.history import QUERIES, Subject
from velaurum.catalog import items, locations, lots, packs, serials
from velaurum.catalog.items import Item
from velaurum.catalog.locations import Location
from velaurum.catalog.lots import Lot
from velaurum.catalog.packs import Pack
from velaurum.catalog.serials import Serial
from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.identity import (
    assignments,
    principals,
    provider_subjects,
    providers,
    roles,
    scim_links,
    scim_mappings,
    tokens,
)
from velaurum.identity.assignments import Assignment
from velaurum.identity.principals import Principal
from velaurum.identity.provider_subjects import ProviderSubject
from velaurum.identity.providers import Provider
from velaurum.identity.roles import StoredRole
from velaurum.identity.scim_links import ScimLink
from velaurum.identity.scim_mappings import ScimMapping
from velaurum.identity.tokens import Token
from velaurum.ledger import approvals, periods
from velaurum.ledger.approvals import ApprovalRequest
from velaurum.ledger.periods import Period
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.sub_orgs import SubOrg

MOST_AT_ONCE = 2_000


class Known(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str: ...


Record = TypeVar("Record", bound=Known)


class ListPage(Protocol[Record]):
    """The verb that lists the records of a noun as they are now, within reach, those after one of them."""

    def __call__(self, tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Record]: ...


@dataclass(frozen=True, slots=True)
class Noun(Generic[Record]):
    """What is known by one word in the log: the shape of its records, and how those of now are read.

    `order` names the member that lists are in the order of, `first` what stands before the first of them. `ever` lists
    also the records that lists of now leave out because they are gone. `of_past` reads records of the past where
    they are more than their columns, and `steps` are the words of what the log has of them besides, by the same id.
    """

    subject: Subject
    kind: type[Record]
    get: Callable[[Tx, OrgContext, str], Record]
    list_page: ListPage[Record]
    order: str = "code"
    first: str = ""
    ever: ListPage[Record] | None = None
    of_past: Callable[[Tx, OrgContext, Sequence[str], int], list[Record]] | None = None
    steps: tuple[Subject, ...] = ()

    def place(self, record: Record) -> str:
        """Return where a record stands in a list."""
        return str(getattr(record, self.order))

    def read(self, said: Mapping[str, Any]) -> Record:
        """Return a record of the log in the shape of today; what was not said of it is None."""
        return self.kind(**{one.name: said.get(one.name) for one in fields(self.kind)})  # type: ignore[arg-type]  # fields of a kind that only its caller knows


ITEMS = Noun("item", Item, items.get, items.list_page)
LOCATIONS = Noun("location", Location, locations.get, locations.list_page)
SUB_ORGS = Noun("sub-org", SubOrg, sub_orgs.get, sub_orgs.list_page)
ROLES = Noun("role", StoredRole, roles.get, roles.list_page)
PRINCIPALS = Noun("principal", Principal, principals.get, principals.list_page, "id", principals.FIRST)
TOKENS = Noun("token", Token, tokens.get, tokens.list_page, "id", principals.FIRST)
PROVIDERS = Noun("provider", Provider, providers.get, providers.list_page)
PERIODS = Noun("period", Period, periods.get, periods.list_page, "id", periods.FIRST)


def _link(tx: Tx, org: OrgContext, reference: str) -> ScimLink:
    scim_mappings.require_whole(org)
    return scim_links.get(tx, org, reference)


def _links_ever(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ScimLink]:
    return scim_links.list_page(tx, org, after=after, limit=limit, with_removed=True)


SCIM_LINKS = Noun("scim-user", ScimLink, _link, scim_links.list_page, "id", scim_links.FIRST, _links_ever)


def _approvals(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ApprovalRequest]:
    return approvals.list_page(tx, org, status=None, before=after, limit=limit)


APPROVAL_REQUESTS = Noun(
    "approval-request",
    ApprovalRequest,
    approvals.get,
    _approvals,
    "id",
    approvals.LAST,
    of_past=approvals.at,
    steps=("approval",),
)


def packs_of(item: str) -> Noun[Pack]:
    """Return the packs of one item as a noun of its own."""

    def get(tx: Tx, org: OrgContext, reference: str) -> Pack:
        return packs.get(tx, org, item, reference)

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Pack]:
        return packs.list_page(tx, org, item, after=after, limit=limit)

    def ever(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Pack]:
        return packs.list_page(tx, org, item, after=after, limit=limit, with_removed=True)

    return Noun("pack", Pack, get, list_page, "id", packs.FIRST, ever)


def locations_of(parent_id: str | None, within_id: str | None) -> Noun[Location]:
    """Return the locations that lie in one directly, in one at any depth, or both, as a noun; none asks for all.

    A location lies where it was made, so that those of a past are those of now that were there.
    """

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Location]:
        return locations.list_page(
            tx, org, after=after, limit=limit, parent_id=parent_id, within_id=within_id
        )

    return Noun("location", Location, locations.get, list_page)


def lots_of(item_id: str | None = None) -> Noun[Lot]:
    """Return the lots of one item, or of all of them, as a noun."""

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Lot]:
        return lots.list_page(tx, org, item_id, after=after, limit=limit)

    return Noun("lot", Lot, lots.get, list_page, "id", lots.FIRST)


def serials_of(item_id: str | None = None) -> Noun[Serial]:
    """Return the serials of one item, or of all of them, as a noun."""

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Serial]:
        return serials.list_page(tx, org, item_id, after=after, limit=limit)

    return Noun("serial", Serial, serials.get, list_page, "id", serials.FIRST)


def assignments_of(principal: str) -> Noun[Assignment]:
    """Return the assignments of one principal as a noun of its own."""

    def get(tx: Tx, org: OrgContext, reference: str) -> Assignment:
        return assignments.get(tx, org, principal, reference)

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Assignment]:
        return assignments.list_page(tx, org, principal, after=after, limit=limit)

    return Noun("assignment", Assignment, get, list_page, "id", principals.FIRST)


def subjects_of(provider: str) -> Noun[ProviderSubject]:
    """Return for whom a provider vouches as a noun of its own."""

    def get(tx: Tx, org: OrgContext, reference: str) -> ProviderSubject:
        return provider_subjects.get(tx, org, providers.get(tx, org, provider), reference)

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ProviderSubject]:
        of = providers.get(tx, org, provider)
        return provider_subjects.list_page(tx, org, of, after=after, limit=limit)

    def ever(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ProviderSubject]:
        of = providers.get(tx, org, provider)
        return provider_subjects.list_page(tx, org, of, after=after, limit=limit, with_removed=True)

    return Noun("provider-subject", ProviderSubject, get, list_page, "id", provider_subjects.FIRST, ever)


def mappings_of(group: str) -> Noun[ScimMapping]:
    """Return which roles a group gives as a noun of its own."""

    def get(tx: Tx, org: OrgContext, reference: str) -> ScimMapping:
        scim_mappings.require_whole(org)
        return scim_mappings.get(tx, org, group, reference)

    def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ScimMapping]:
        return scim_mappings.list_page(tx, org, group, after=after, limit=limit)

    def ever(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[ScimMapping]:
        return scim_mappings.list_page(tx, org, group, after=after, limit=limit, with_removed=True)

    return Noun("scim-mapping", ScimMapping, get, list_page, "id", scim_mappings.FIRST, ever)


def get_at(tx: Tx, org: OrgContext, noun: Noun[Record], reference: str, size: int) -> Record:
    """Return a record that is within reach now, as it was when the log had `size` entries, or refuse `not-found`."""
    found = _at(tx, org, noun, [noun.get(tx, org, reference)], size)
    if not found:
        raise Refusal("not-found", "It was not there then.")
    return found[0]


def list_page_at(
    tx: Tx,
    org: OrgContext,
    noun: Noun[Record],
    size: int,
    *,
    after: str,
    limit: int,
    keeps: Callable[[Record], bool] = lambda _: True,
) -> list[Record]:
    """Return at most `limit` records that are within reach now, as they were when the log had `size` entries.

    What had been taken away by then is not among them, nor what `keeps` leaves out.
    """
    found: list[Record] = []
    at_once = limit
    known = noun.ever or noun.list_page
    while True:
        present = known(tx, org, after=after, limit=at_once)
        there = _at(tx, org, noun, present, size)
        found += [one for one in there if getattr(one, "removed_at", None) is None and keeps(one)]
        if len(found) >= limit or len(present) < at_once:
            return found[:limit]
        after = noun.place(present[-1])
        # Most of what is there came later, perhaps: then a page takes few steps all the same.
        at_once = min(2 * at_once, MOST_AT_ONCE)


def _at(tx: Tx, org: OrgContext, noun: Noun[Record], present: list[Record], size: int) -> list[Record]:
    if noun.of_past is not None:
        return noun.of_past(tx, org, [one.id for one in present], size)
    said = tx.values(
        QUERIES["at"],
        dict,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        subject=noun.subject,
        ids=[one.id for one in present],
        size=size,
    )
    return [noun.read(one) for one in history.with_names(tx, (noun.subject,), said)]
