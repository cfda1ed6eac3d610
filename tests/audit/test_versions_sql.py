"""Versions: each committed change has exactly one place in the log, whoever writes it, whatever is under way (V-22)."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from support import ledger_truth
from support.chronicle import entered, leaves, lives, log_size, makes_item
from support.ledger_sql import OWNER, SUPERUSER, Connect, act_as
from support.offices import Office, open_office
from velaurum.audit import history
from velaurum.catalog import items
from velaurum.catalog.items import ItemChange
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import principals
from velaurum.tenancy import orgs

RENAMED = "update catalog.item set name = %s where id = %s"


def versions_of(office: Office, subject_id: str) -> list[dict[str, Any]]:
    return [row for row in leaves(office) if str(row["subject_id"]) == subject_id]


def test_an_organisation_is_born_with_the_first_entries_of_its_log(office: Office) -> None:
    subjects = [row["subject"] for row in leaves(office)]

    assert subjects[:2] == ["org", "principal"]
    assert subjects.count("location") == 6


def test_the_log_is_dense_and_each_version_names_the_one_before(office: Office) -> None:
    lives(office)

    rows = leaves(office)

    assert ledger_truth.findings(entered(office), office.org.org_id) == []
    assert [row["log_index"] for row in rows] == list(range(log_size(office)))
    assert all(before["recorded_at"] < after["recorded_at"] for before, after in pairwise(rows))
    newest: dict[Any, Any] = {}
    for row in rows:
        before = newest.get(row["subject_id"])
        assert row["previous_index"] == (before and before["log_index"])
        assert row["previous_leaf"] == (before and before["leaf_hash"])
        newest[row["subject_id"]] = row


@pytest.mark.parametrize(("version", "shown"), [(None, 2), (5, 1)])
def test_of_a_long_history_no_more_is_read_than_is_shown(
    office: Office, version: int | None, shown: int
) -> None:
    item = makes_item(office)
    for number in range(20):
        office.does(items.update, item.id, number + 1, ItemChange(name=f"n{number}"))
    asked = {
        "org_id": office.org.org_id, "subjects": ["item"], "record_id": item.id, "bounds": "all", "low": "-infinity",
        "high": "infinity", "sub_org_ids": None, "size": history.LAST, "is_at": False, "before": history.LAST,
        "limit": 2, "version": version, "with_entries": False,
    }  # fmt: skip
    connection = entered(office)

    with connection.transaction():
        connection.execute("set local track_functions = 'all'")
        found = connection.execute(history.QUERIES["list_page"].text, asked).fetchall()
        calls = connection.execute(
            "select calls from pg_stat_xact_user_functions where funcname = 'record_of'"
        ).fetchone()

    assert len(found) == shown
    assert calls == (shown,)


def test_what_is_taken_back_has_no_place_and_leaves_no_gap(office: Office) -> None:
    item = makes_item(office)
    connection = entered(office)
    act_as(connection, office.org.actor_id)
    size = log_size(office)
    act_as(connection, office.org.actor_id)

    with connection.transaction(force_rollback=True):
        connection.execute(RENAMED, ["a", item.id])
    with connection.transaction():
        with connection.transaction(force_rollback=True):
            connection.execute(RENAMED, ["b", item.id])
        connection.execute(RENAMED, ["c", item.id])

    assert log_size(office) == size + 1
    assert [row["row_after"]["name"] for row in versions_of(office, item.id)] == [item.name, "c"]


def test_changes_of_one_transaction_are_numbered_in_their_order(office: Office) -> None:
    item = makes_item(office)
    connection = entered(office)
    act_as(connection, office.org.actor_id)

    with connection.transaction():
        for name in "abc":
            connection.execute(RENAMED, [name, item.id])

    assert [row["row_after"]["name"] for row in versions_of(office, item.id)] == [item.name, *"abc"]


@pytest.mark.parametrize("writer", [SUPERUSER, OWNER])
def test_no_write_of_a_record_goes_without_an_actor(
    writer: str, office: Office, module_as_role: Connect
) -> None:
    makes_item(office)
    connection = entered(office, module_as_role(SUPERUSER))
    if writer == OWNER:
        connection.execute("set session authorization velaurum_owner")

    for statement in (
        "update catalog.item set name = 'x'",
        "update catalog.location set name = 'x'",
        "update tenancy.org set region = 'other' where org_id = current_setting('velaurum.org')::uuid",
        "set session_replication_role = replica; update catalog.item set name = 'x'",
    ):
        if writer == OWNER and "replica" in statement:
            continue
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)
        assert refused.value.sqlstate == "VL013", statement


def test_one_transaction_writes_in_the_logs_of_two_organisations(office: Office, door: Database) -> None:
    other = open_office(door, office.admin)
    items_of = {one.org.org_id: makes_item(one) for one in (office, other)}
    sizes = {one.org.org_id: log_size(one) for one in (office, other)}
    connection = office.admin

    with connection.transaction():
        for one in (office, other):
            entered(one)
            act_as(connection, one.org.actor_id)
            connection.execute(RENAMED, ["both", items_of[one.org.org_id].id])

    for one in (office, other):
        assert log_size(one) == sizes[one.org.org_id] + 1
        assert versions_of(one, items_of[one.org.org_id].id)[-1]["row_after"]["name"] == "both"


def test_a_change_that_was_under_way_comes_too_late_when_the_organisation_is_suspended(
    office: Office, door: Database
) -> None:
    item = makes_item(office)

    def late() -> None:
        with door.transaction(office.org) as (tx, org):
            items.update(tx, org, item.id, item.version, ItemChange(name="late"))
            suspend(office, door)

    with pytest.raises(Refusal) as refused:
        late()

    assert refused.value.code == "suspended"
    assert [row["action"] for row in versions_of(office, item.id)] == ["created"]
    names = entered(office).execute("select name from catalog.item where id = %s", [item.id])
    assert names.fetchall() == [(item.name,)]


def suspend(office: Office, door: Database) -> None:
    with door.installation() as tx:
        found = orgs.find(tx, office.org.org_code)
        assert found is not None
        orgs.suspend(tx, found, "in doubt")


def test_the_operator_suspends_and_resumes_with_entries(office: Office, door: Database) -> None:
    suspend(office, door)

    newest = leaves(office)[-2:]

    assert {row["subject"] for row in newest} == {"org", "suspension"}
    assert {row["credential_id"] for row in newest} == {None}


def test_changes_postings_and_disablings_at_once_end_without_a_deadlock(
    office: Office, door: Database
) -> None:
    item = makes_item(office)
    people = [office.hires(f"p{n}").id for n in range(6)]
    helpers = [office.enters(office.issues(one, "org-admin")) for one in people]
    codes: list[str] = []

    def change(n: int) -> None:
        for turn in range(15):
            try:
                with door.transaction(helpers[n]) as (tx, org):
                    found = items.get(tx, org, item.id)
                    items.update(tx, org, item.id, found.version, ItemChange(name=f"{n}-{turn}"))
            except Refusal as refusal:
                codes.append(refusal.code)

    def disable(n: int) -> None:
        time.sleep(0.02 * n)
        office.does(principals.disable, people[n])

    with ThreadPoolExecutor(8) as pool:
        for done in [
            *(pool.submit(change, n) for n in range(4)),
            *(pool.submit(disable, n) for n in range(6)),
        ]:
            done.result(60)

    assert set(codes) <= {"stale-version", "unauthenticated", "forbidden"}
    assert ledger_truth.findings(entered(office), office.org.org_id) == []


def test_a_posting_waits_for_no_change_that_has_not_ended(office: Office, module_as_role: Connect) -> None:
    item = makes_item(office)
    slow = entered(office, module_as_role(SUPERUSER))
    act_as(slow, office.org.actor_id)

    with slow.transaction():
        slow.execute(RENAMED, ["slow", item.id])
        before = log_size(office)
        office.admin.execute("set lock_timeout = '1s'")
        quick = makes_item(office, "NUT")
    office.admin.execute("reset lock_timeout")

    (first,) = versions_of(office, quick.id)
    assert first["log_index"] == before
    assert versions_of(office, item.id)[-1]["log_index"] == before + 1


READ = """
select i.code, audit.record_at(%(org)s, 'item', i.id, %(size)s, null)::text from catalog.item as i
where i.org_id = %(org)s order by i.code
"""
CHANGED = """
select count(u.*) from generate_series(%(version)s, %(version)s + 499) as n (version)
cross join lateral catalog.update_item(
    %(org)s, %(actor)s, %(credential)s, gen_random_uuid(), %(item)s, n.version, concat('n', n.version), 'none', 'x',
    '{}'
) as u
"""


def test_ten_thousand_changes_later_a_record_and_its_list_read_the_same(office: Office) -> None:
    item = makes_item(office, description="first", attributes={"n": 0})
    makes_item(office, "NUT")
    size = log_size(office)
    connection = entered(office)
    asked = {"org": office.org.org_id, "size": size, "item": item.id}
    asked |= {"actor": office.org.actor_id, "credential": office.org.credential_id}
    before = connection.execute(READ, asked).fetchall()
    ((stamp,),) = connection.execute("select clock_timestamp()").fetchall()

    for batch in range(20):
        done = connection.execute(CHANGED, asked | {"version": 1 + 500 * batch})
        assert done.fetchall() == [(500,)]

    assert log_size(office) == size + 10_000
    assert connection.execute(READ, asked).fetchall() == before
    at = connection.execute("select ledger.size_at(%s, %s)", [office.org.org_id, stamp])
    assert at.fetchall() == [(size,)]
