"""Periods as the database has them: one follows the other, they close in order, and two persons reopen one (V-24)."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, Connect, Org, PostedRow, act_as, receipt
from support.postings import fetch, keyed, reversal, shown

MONTHS = ["2026-07", "2026-08", "2026-09"]


class Books:
    """The periods of an organisation, in the hands of two controllers who are persons."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.ann = self.member("controller")
        self.bob = self.member("controller")

    def member(self, role: str, kind: str = "user") -> tuple[str, str]:
        """Make somebody with a token of a role; return who and with which credential."""
        token_id = str(uuid.uuid4())
        with self.org.connection.transaction():
            made = self.org.connection.execute(
                "select identity.create_token(e.org_id, %s, gen_random_uuid(), %s, %s, %s, null, %s, '1 day')::text"
                " from tenancy.enter_installation(%s) as e",
                [token_id, kind, "erased", role, hashlib.sha256(token_id.encode()).digest(), self.org.org_id],
            ).fetchone()
        assert made is not None
        return made[0], token_id

    def create(self, code: str, ends_at: str, starts_at: str | None = None) -> str:
        key = uuid.uuid4().hex
        values = [
            *self._who(self.ann),
            key,
            hashlib.sha256(key.encode()).digest(),
            code,
            code,
            starts_at,
            ends_at,
        ]
        row = self._run("select r.outcome, r.record_id::text from ledger.create_period(", values, ") as r")
        assert row is not None
        return str(row[1]) if row[0] == "created" else str(row[0])

    def months(self) -> list[str]:
        """Make three months, the first of which says where it begins."""
        first = self.create(MONTHS[0], "2026-08-01T00:00:00Z", "2026-07-01T00:00:00Z")
        return [
            first,
            self.create(MONTHS[1], "2026-09-01T00:00:00Z"),
            self.create(MONTHS[2], "2026-10-01T00:00:00Z"),
        ]

    def close(self, period_id: str, state: str = "closed") -> bool:
        values = [*self._who(self.ann), period_id, self.version(period_id), state]
        return self._run("select p.id from ledger.close_period(", values, ") as p") is not None

    def ask(self, period_id: str, who: tuple[str, str], reason: str = "a count came late") -> bool:
        values = [*self._who(who), period_id, self.version(period_id), reason]
        return self._run("select p.id from ledger.ask_reopening(", values, ") as p") is not None

    def confirm(self, period_id: str, who: tuple[str, str]) -> bool:
        values = [*self._who(who), period_id, self.version(period_id)]
        return self._run("select p.id from ledger.confirm_reopening(", values, ") as p") is not None

    def version(self, period_id: str) -> int:
        query = "select p.version from ledger.period as p where p.org_id = %(org)s and p.id = %s"
        return int(fetch(self.org, query, period_id)[0][0])

    def states(self) -> list[str]:
        query = "select p.state from ledger.period as p where p.org_id = %(org)s order by p.starts_at"
        return [row[0] for row in fetch(self.org, query)]

    def marks(self) -> tuple[str | None, str | None]:
        query = (
            "select platform.instant(h.closed_until), platform.instant(h.soft_closed_until)"
            " from ledger.head as h where h.org_id = %(org)s"
        )
        return fetch(self.org, query)[0]

    def _who(self, who: tuple[str, str]) -> list[Any]:
        return [self.org.org_id, *who, uuid.uuid4()]

    def _run(self, begin: str, values: list[Any], end: str) -> tuple[Any, ...] | None:
        return self.org.enter().execute(begin + ", ".join(["%s"] * len(values)) + end, values).fetchone()


@pytest.fixture
def books(org_factory: Callable[..., Org]) -> Books:
    return Books(org_factory(items=["BOLT"], locations=["A"]))


def refused(row: PostedRow) -> Any:
    assert row.status == "refused", row
    return row.problem


def closed_until(instant: str) -> dict[str, str]:
    return {"code": "period-closed", "pointer": "/occurred_at", "closed_until": instant}


def test_what_happened_in_a_closed_period_is_posted_no_more(books: Books) -> None:
    july, *_ = books.months()
    late = receipt("BOLT", "A", "1") | {"occurred_at": "2026-07-31T23:59:59.999999Z"}
    before_all = receipt("BOLT", "A", "1") | {"occurred_at": "2020-01-01T00:00:00Z"}
    (while_open,) = books.org.post([late])

    assert books.close(july)

    rows = books.org.post([keyed(late), before_all, late | {"occurred_at": "2026-08-01T00:00:00Z"}])
    (again,) = books.org.post([keyed(late)])
    (undone,) = books.org.post([reversal(while_open)])
    assert [refused(row) for row in rows[:2]] == [closed_until("2026-08-01T00:00:00.000000Z")] * 2
    assert rows[2].status == "posted"
    assert (again.replayed, again.problem) == (True, rows[0].problem)
    assert undone.status == "posted"
    assert shown(undone)["occurred_at"] == shown(undone)["recorded_at"]


def test_what_is_soft_closed_is_open_to_who_closes_periods(books: Books) -> None:
    july, *_ = books.months()
    late = receipt("BOLT", "A", "1") | {"occurred_at": "2026-07-15T00:00:00Z"}
    by_ann = dict(zip(("actor_id", "credential_id"), books.ann, strict=True))

    books.close(july, "soft-closed")
    rows = books.org.post([late, late | by_ann])
    books.close(july)
    (closed,) = books.org.post([late | by_ann])

    assert refused(rows[0]) == refused(closed) == closed_until("2026-08-01T00:00:00.000000Z")
    assert rows[1].status == "posted"


def test_a_period_keeps_the_size_at_which_it_closed(books: Books) -> None:
    july, *_ = books.months()
    books.org.post([receipt("BOLT", "A", "1")])
    size = fetch(books.org, "select h.size from ledger.head as h where h.org_id = %(org)s")[0][0]

    books.close(july)

    query = "select p.closed_at_size from ledger.period as p where p.org_id = %(org)s and p.id = %s"
    assert fetch(books.org, query, july) == [(size,)]


def test_periods_close_in_their_order(books: Books) -> None:
    july, august, _ = books.months()

    with pytest.raises(psycopg.Error) as refusal:
        books.close(august)
    books.close(july)
    assert not books.close(july)
    books.close(august, "soft-closed")

    assert refusal.value.sqlstate == "VL081"
    assert books.states() == ["closed", "soft-closed", "open"]
    assert books.marks() == ("2026-08-01T00:00:00.000000Z", "2026-09-01T00:00:00.000000Z")


def test_a_period_is_closed_when_it_is_over(books: Books) -> None:
    always = books.create("until-9999", "9999-01-01T00:00:00Z", "2026-01-01T00:00:00Z")

    with pytest.raises(psycopg.Error) as refusal:
        books.close(always, "soft-closed")

    assert refusal.value.sqlstate == "VL080"
    assert books.marks() == (None, None)


@pytest.mark.parametrize("starts_at", ["2026-09-30T00:00:00Z", "2026-10-02T00:00:00Z"])
def test_a_period_begins_where_the_last_one_ends(books: Books, starts_at: str) -> None:
    books.months()

    with pytest.raises(psycopg.Error) as refusal:
        books.create("2026-10", "2026-11-01T00:00:00Z", starts_at)

    assert refusal.value.sqlstate == "VL082"


def test_the_first_period_says_where_it_begins(books: Books) -> None:
    with pytest.raises(psycopg.Error) as refusal:
        books.create("2026-10", "2026-11-01T00:00:00Z")

    assert refusal.value.sqlstate == "VL082"


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "follows_at"),
    [
        ("2026-06-01", "2026-07-01", None),
        ("2026-08-15", "2026-08-20", "2026-08-15"),
        ("2026-09-01", "2026-12-01", "2026-09-01"),
        ("2026-11-01", "2026-12-01", "2026-11-01"),
        ("2026-11-01", "2026-12-01", "2026-10-01"),
        ("2026-10-01", "2026-10-01", "2026-10-01"),
    ],
)
def test_no_client_makes_a_gap_or_an_overlap(
    books: Books, as_role: Connect, starts_at: str, ends_at: str, follows_at: str | None
) -> None:
    books.months()
    owner = as_role(SUPERUSER)
    act_as(owner, books.ann[0])

    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute(
            "insert into ledger.period (org_id, id, code, code_key, starts_at, ends_at, follows_at, created_by,"
            " updated_by) select p.org_id, gen_random_uuid(), 'other', 'other', %s::timestamp at time zone 'UTC',"
            " %s::timestamp at time zone 'UTC', %s::timestamp at time zone 'UTC', p.created_by, p.updated_by"
            " from ledger.period as p where p.org_id = %s limit 1",
            [starts_at, ends_at, follows_at, books.org.org_id],
        )


def test_two_persons_reopen_the_newest_closed_period_a_step(books: Books) -> None:
    july, august, _ = books.months()
    books.close(july)
    books.close(august)

    with pytest.raises(psycopg.Error) as older:
        books.ask(july, books.ann)
    assert books.ask(august, books.ann)
    assert not books.ask(august, books.bob)
    with pytest.raises(psycopg.Error) as alone:
        books.confirm(august, books.ann)
    assert books.states() == ["closed", "closed", "open"]
    assert books.confirm(august, books.bob)

    assert (older.value.sqlstate, alone.value.sqlstate) == ("VL081", "VL006")
    assert books.states() == ["closed", "soft-closed", "open"]
    assert books.marks() == ("2026-08-01T00:00:00.000000Z", "2026-09-01T00:00:00.000000Z")
    assert not books.confirm(august, books.bob)
    books.ask(august, books.bob)
    books.confirm(august, books.ann)
    assert books.states() == ["closed", "open", "open"]


def test_no_process_reopens_and_nobody_without_the_permission(books: Books) -> None:
    july, *_ = books.months()
    books.close(july)
    service, clerk = books.member("controller", "service"), books.member("storekeeper")

    for who in (service, clerk):
        with pytest.raises(psycopg.Error) as refusal:
            books.ask(july, who)
        assert refusal.value.sqlstate == "VL006"
    books.ask(july, books.ann)
    for who in (service, clerk):
        with pytest.raises(psycopg.Error) as refusal:
            books.confirm(july, who)
        assert refusal.value.sqlstate == "VL006"

    assert books.states() == ["closed", "open", "open"]


def test_what_was_asked_for_long_ago_is_not_confirmed(books: Books, as_role: Connect) -> None:
    july, *_ = books.months()
    books.close(july)
    books.ask(july, books.ann)
    past(books, as_role(SUPERUSER))

    assert not books.confirm(july, books.bob)
    assert books.ask(july, books.bob)
    assert books.confirm(july, books.ann)


def past(books: Books, owner: psycopg.Connection[Any]) -> None:
    """Let a week pass since Ann asked."""
    owner.execute(
        "select set_config('velaurum.acting', %s, false)",
        [f"{{{','.join([*books.ann, str(uuid.uuid4())])}}}"],
    )
    owner.execute("update ledger.period set reopen_asked_at = reopen_asked_at - interval '7 days'")


def test_not_even_the_owner_reopens_alone(books: Books, as_role: Connect) -> None:
    july, *_ = books.months()
    books.close(july)
    books.ask(july, books.ann)
    owner = as_role(SUPERUSER)
    act_as(owner, books.ann[0])

    with pytest.raises(psycopg.Error) as refusal:
        owner.execute(
            "update ledger.period set state = 'open', closed_at_size = null, reopen_asked_by = null,"
            " reopen_asked_at = null, reopen_credential_id = null, reopen_reason = null where id = %s",
            [july],
        )

    assert refusal.value.sqlstate == "VL006"
    with pytest.raises(psycopg.Error) as moved:
        owner.execute("update ledger.period set ends_at = '2026-07-02' where id = %s", [july])
    assert moved.value.sqlstate == "VL001"
