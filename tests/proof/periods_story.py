"""What a closer of periods runs: three made, closed softly and for good, and one reopened by another person."""

from dataclasses import replace

from support.tenants import new_token
from velaurum.db.connection import Tx
from velaurum.identity import tokens
from velaurum.ledger import intakes, movements, periods
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.periods import FIRST, NewPeriod
from velaurum.tenancy.context import OrgContext

CLOSED, SOFT, OPEN = "2001", "2002", "2003"


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Two persons close and reopen periods, and somebody posts what happened in them."""
    tx, org = outside.enter(org)
    ann, bob = (_closer(outside, tx, org, name) for name in ("ann", "bob"))
    tx, ann = outside.enter(ann)
    close(tx, ann)
    version = reopen(tx, ann)
    tx, bob = outside.enter(bob)
    confirm(tx, bob, version)
    tx, poster = outside.enter(poster)
    post(tx, poster)
    tx, ann = outside.enter(replace(ann, permission="post"))
    post_late(tx, ann)


def _closer(outside: Tx, tx: Tx, org: OrgContext, name: str) -> OrgContext:
    credential = tokens.verify(outside, new_token(tx, org, "controller", name, kind="user"))
    assert credential is not None
    return credential.context(org.request_id, "close-periods")


def close(tx: Tx, closer: OrgContext) -> None:
    """Make three periods: the first is closed then, the second soft-closed, and the third open."""
    for code, starts_at in ((CLOSED, "2001-01-01T00:00:00Z"), (SOFT, None), (OPEN, None)):
        new = NewPeriod(code, f"{int(code) + 1}-01-01T00:00:00Z", starts_at)
        made = periods.create(tx, closer, new, idempotency_key=f"period-{code}").require()
        if code == CLOSED:
            periods.close(tx, closer, made.id, made.version, "closed")
        elif code == SOFT:
            periods.close(tx, closer, code, made.version, "soft-closed")
    periods.list_page(tx, closer, after=FIRST, limit=10)


def reopen(tx: Tx, asker: OrgContext) -> int:
    """Ask for the reopening of the second; return the version that another person confirms."""
    held = periods.get(tx, asker, SOFT)
    return periods.ask_reopening(tx, asker, SOFT, held.version, "a count came late").version


def confirm(tx: Tx, other: OrgContext, version: int) -> None:
    """Confirm it as another person, and close it softly again."""
    reopened = periods.confirm_reopening(tx, other, SOFT, version)
    periods.close(tx, other, SOFT, reopened.version, "soft-closed")


def post(tx: Tx, poster: OrgContext) -> None:
    """Post what happened in what is closed, and in what is soft-closed; then what is backdated into neither."""
    movements.post(tx, poster, [intakes.movement(_in(year), f"late-{year}") for year in (CLOSED, SOFT)])
    early, *later = _in("2008"), _out("2007"), _out("2009")
    asked = [intakes.movement(one, f"backdated-{n}") for n, one in enumerate((early, *later))]
    movements.post(tx, poster, asked)
    movements.post(tx, poster, [intakes.movement(_out("2009"), "backdated-alone")])


def post_late(tx: Tx, closer: OrgContext) -> None:
    """Post into what is soft-closed, as somebody who closes periods."""
    movements.post(tx, closer, [intakes.movement(_in(SOFT), "late-by-closer")])


def _in(year: str) -> NewMovement:
    return NewMovement(
        kind="receipt", item="BOLT", quantity="1", target="A", occurred_at=f"{year}-06-01T00:00:00Z"
    )


def _out(year: str) -> NewMovement:
    return NewMovement(
        kind="issue", item="BOLT", quantity="1", source="A", occurred_at=f"{year}-06-01T00:00:00Z"
    )
