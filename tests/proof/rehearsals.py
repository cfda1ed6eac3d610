"""What an organisation could borrow from another one, tried and undone, so that it can still be done anew.

What is called OURS here the twin lacks (`twins.py`): who finds it there found it in the other organisation.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import psycopg
from msgspec import structs

from proof.units_story import ENDED, HELD
from support.keyrings import keyring_within, sealed
from support.tenants import LIFE
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import LocationChange, NewLocation
from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.identity import sessions, tokens
from velaurum.identity.roles import Permission, Role
from velaurum.identity.sessions import Limits
from velaurum.ledger import approvals, intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.sub_orgs import NewSubOrg, SubOrgChange


@contextmanager
def rehearsed(tx: Tx) -> Iterator[None]:
    """Undo what the block does; a refusal is what another organisation would have to get as well."""
    with suppress(Refusal, psycopg.Error), tx.connection.transaction(force_rollback=True):
        yield


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who works in an organisation, each with a credential of their own."""

    outside: Tx
    org: OrgContext

    def member(
        self,
        role: Role,
        permission: Permission,
        name: str,
        *,
        kind: str = "service",
        sub_org: str | None = None,
    ) -> OrgContext:
        token = tokens.create(
            self.outside,
            self.org.org_id,
            keyring_within(self.outside),
            role,
            kind=kind,
            name=name,
            life=LIFE,
            sub_org=sub_org,
        )
        credential = tokens.verify(self.outside, token)
        assert credential is not None
        return credential.context(self.org.request_id, permission)

    def post(self, who: OrgContext, key: str, new: NewMovement) -> None:
        tx, who = self.outside.enter(who)
        movements.post(tx, who, sealed(tx, who, [intakes.movement(new, key)]))


def rehearse(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Try everything that needs something of its own organisation; `poster` asked for the approvals that there are."""
    cast = _Cast(outside, org)
    tx, org = outside.enter(org)
    _found(tx, org)
    _post_ours(cast, poster)
    _post(cast, poster)
    _use_approvals(cast, poster)
    _decide(cast, poster)
    _sign_in(cast)
    tx, org = outside.enter(org)
    with rehearsed(tx):
        items.create(tx, org, NewItem("KEY", "Key"), idempotency_key="receipt-0")
    inner, place = sub_orgs.find(tx, org, "INNER"), locations.find(tx, org, "A")
    for parent in (None, "OURS"):
        with rehearsed(tx):
            sub_orgs.update(tx, org, inner.id, inner.version, SubOrgChange(parent=parent))
    with rehearsed(tx):
        locations.update(tx, org, place.id, place.version, LocationChange(sub_org="OURS"))


def _found(tx: Tx, org: OrgContext) -> None:
    items.create(tx, org, NewItem("OURS", "Ours"), idempotency_key="ours-item")
    sub_orgs.create(tx, org, NewSubOrg("OURS", "Ours", "DEPARTMENT"), idempotency_key="ours-department")
    for code, sub_org in (("OURS", None), ("OURS-INNER", "OURS")):
        new = NewLocation(code, code, "storage", None, sub_org)
        locations.create(tx, org, new, idempotency_key=f"ours-{code}")


def _post_ours(cast: _Cast, poster: OrgContext) -> None:
    """Post what the twin lacks: the end of the log."""
    tx, _ = cast.outside.enter(cast.org)
    approver = cast.member("controller", "approve", "approver", kind="user")
    scrap = NewMovement(
        kind="scrap", item="BOLT", quantity="3", source="A", reason="corroded", reference="ours"
    )
    request = _ask(cast, poster, "ours-used", scrap)
    tx, approver = cast.outside.enter(approver)
    approvals.decide(tx, approver, request, "approved")
    transfer = NewMovement(
        kind="transfer", item="BOLT", quantity="1", source="A", target="B", reference="ours"
    )
    cast.post(poster, "ours-transfer", transfer)
    cast.post(poster, "ours-back", structs.replace(transfer, source="B", target="A"))
    cast.post(poster, "ours-scrap", _approved(scrap, request))
    cast.post(poster, "ours-refused", NewMovement(kind="issue", item="BOLT", quantity="999", source="A"))
    tx, poster = cast.outside.enter(poster)
    (*_, of_b, _) = movements.list_page(
        tx, poster, keyring_within(tx), movements.Filter(to_size=1000), limit=1000
    )
    movements.post(tx, poster, [intakes.reversal(of_b.id, "mistake", "ours-reversal")])
    with rehearsed(tx):
        cast.post(poster, "used-again", _approved(scrap, request))


def _post(cast: _Cast, poster: OrgContext) -> None:
    tx, manager = cast.outside.enter(cast.org)
    item, place = items.find(tx, manager, "OURS").id, locations.find(tx, manager, "OURS").id
    receipt = NewMovement(kind="receipt", item="OURS", quantity="1", target="OURS")
    tried = {
        "by-code": receipt,
        "by-id": NewMovement(kind="receipt", item=item, quantity="1", target=place),
        "from": NewMovement(kind="transfer", item="BOLT", quantity="1", source=place, target="A"),
        "too-much": NewMovement(kind="issue", item="BOLT", quantity="1000", source="A"),
        "no-approval": NewMovement(kind="scrap", item="BOLT", quantity="2", source="A", reason="corroded"),
        "receipt-0": NewMovement(kind="receipt", item="BOLT", quantity="5", target="A", note="for shelf 3"),
        "in-cases": NewMovement(kind="receipt", item="BOLT", quantity="1", unit=HELD, target="A"),
        "in-boxes": NewMovement(kind="receipt", item="BOLT", quantity="1", unit=ENDED, target="A"),
    }
    for key, new in tried.items():
        with rehearsed(cast.outside):
            cast.post(poster, key, new)
    inner = NewMovement(kind="receipt", item="BOLT", quantity="1", target="OURS-INNER")
    plain = NewMovement(kind="receipt", item="BOLT", quantity="1", target="A")
    narrow = cast.member("storekeeper", "post", "narrow", sub_org="DEPARTMENT")
    for who, key, new in (
        (narrow, "narrow", inner),
        (narrow, "out-of-reach", plain),
        (narrow, "from-out-of-reach", structs.replace(plain, kind="transfer", source="A", target="B")),
        (narrow, "out-of-reach-by-id", structs.replace(plain, target=locations.find(tx, manager, "A").id)),
        (cast.member("integration", "post", "integration"), "integration", plain),
        (cast.member("storekeeper", "post", "ours"), "of-ours", plain),
    ):
        with rehearsed(cast.outside):
            cast.post(who, key, new)
    tx, poster = cast.outside.enter(poster)
    (last,) = movements.list_page(tx, poster, keyring_within(tx), movements.Filter(to_size=1000), limit=1)
    with rehearsed(tx):
        movements.post(tx, poster, [intakes.reversal(last.id, "mistake", "reversal")])


def _use_approvals(cast: _Cast, poster: OrgContext) -> None:
    tx, poster = cast.outside.enter(poster)
    scrap = NewMovement(kind="scrap", item="BOLT", quantity="2", source="A", reason="corroded")
    statuses: tuple[Literal["approved", "rejected"], ...] = ("approved", "rejected")
    for status in statuses:
        for request in approvals.list_page(tx, poster, status=status, before=approvals.LAST, limit=1):
            with rehearsed(tx):
                cast.post(poster, f"with-{status}", _approved(scrap, request.id))


def _decide(cast: _Cast, poster: OrgContext) -> None:
    scrap = NewMovement(kind="scrap", item="BOLT", quantity="4", source="B", reason="corroded")
    ours = NewMovement(kind="scrap", item="BOLT", quantity="4", source="OURS", reason="ours")
    pending = _ask(cast, poster, "pending", scrap)
    request = _ask(cast, poster, "ours-pending", ours)
    tx, poster = cast.outside.enter(poster)
    moved = movements.list_page(
        tx, poster, keyring_within(tx), movements.Filter(to_size=1000, kind="transfer"), limit=2
    )
    # Each has a place of a department and one of the whole organisation.
    between = [
        approvals.create(tx, poster, intakes.reversal(one.id, "mistake", f"ask-{n}")).require().id
        for n, one in enumerate(moved)
    ]
    approvals.list_page(tx, poster, status="pending", before=approvals.LAST, limit=10)
    with rehearsed(tx):
        cast.post(poster, "with-ours", _approved(ours, request))
    for who in (
        cast.member("controller", "approve", "narrow approver", kind="user", sub_org="DEPARTMENT"),
        cast.member("controller", "approve", "robot"),
        cast.member("controller", "approve", "ours", kind="user"),
    ):
        tx, entered = cast.outside.enter(who)
        for one in (pending, request, *between):
            with rehearsed(tx):
                approvals.decide(tx, entered, one, "approved")


def _sign_in(cast: _Cast) -> None:
    """Open sessions of a person whom the twin lacks, and of one whose role it lacks; it lacks the last."""
    for name in ("ours", "Bob", "Eve"):
        person = cast.member("auditor", "read", name, kind="user")
        within = cast.outside.within(cast.org.org_id)
        secret = sessions.open_session(within, cast.org.org_id, person.actor_id, "password", Limits())
        sessions.verify(cast.outside, secret)


def _ask(cast: _Cast, poster: OrgContext, key: str, new: NewMovement) -> str:
    tx, poster = cast.outside.enter(poster)
    return approvals.create(tx, poster, intakes.for_approval(new, key)).require().id


def _approved(new: NewMovement, approval: str) -> NewMovement:
    return structs.replace(new, approval=approval)
