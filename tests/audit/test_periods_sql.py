"""Versions by period: SQL Server's boundaries, at every instant where one version ends and the next begins."""

from datetime import timedelta
from typing import Any

import pytest

from support.chronicle import entered, leaves, makes_item, renames
from support.keyrings import keyring_within
from support.ledger_sql import act_as
from support.offices import Office
from velaurum.identity import scim_links
from velaurum.identity.scim_links import NewLink

MICROSECOND = timedelta(microseconds=1)
ASKED = """
select h.log_index from audit.history(%s, 'item', %s, %s, %s, %s, null) as h order by h.log_index
"""
GROUP = """
insert into identity.scim_group (org_id, id, display_name, display_name_key, created_by, updated_by)
values (%(org)s, gen_random_uuid(), 'g', 'g', %(actor)s, %(actor)s)
"""
MEMBER = """
insert into identity.scim_member (org_id, group_id, user_id, created_by)
select g.org_id, g.id, u.id, %(actor)s from identity.scim_group as g
inner join identity.scim_user as u on g.org_id = u.org_id where g.org_id = %(org)s
"""


@pytest.fixture
def told(office: Office) -> tuple[Office, str, list[dict[str, Any]]]:
    """Make an item with three versions."""
    item = makes_item(office)
    renames(office, renames(office, item, "second"), "third")
    return office, item.id, [row for row in leaves(office) if str(row["subject_id"]) == item.id]


def found(office: Office, item: str, bounds: str, low: Any = None, high: Any = None) -> list[int]:
    asked = [office.org.org_id, item, bounds, low, high]
    return [row[0] for row in entered(office).execute(ASKED, asked).fetchall()]


def test_periods_have_the_boundaries_of_sql_server(told: tuple[Office, str, list[dict[str, Any]]]) -> None:
    office, item, versions = told
    starts = [row["recorded_at"] for row in versions]
    ends = [*starts[1:], None]
    moments = [moment + step for moment in starts for step in (-MICROSECOND, timedelta(0), MICROSECOND)]
    spans = list(zip([row["log_index"] for row in versions], starts, ends, strict=True))

    assert found(office, item, "all") == [index for index, _, _ in spans]
    for low in moments:
        assert found(office, item, "as-of", low) == [
            index for index, start, end in spans if start <= low and (end is None or end > low)
        ]
        for high in moments:
            assert found(office, item, "from-to", low, high) == [
                index for index, start, end in spans if start < high and (end is None or end > low)
            ]
            assert found(office, item, "between", low, high) == [
                index for index, start, end in spans if start <= high and (end is None or end > low)
            ]
            assert found(office, item, "contained-in", low, high) == [
                index for index, start, end in spans if start >= low and end is not None and end <= high
            ]


def test_a_record_is_read_at_every_size_of_the_log(told: tuple[Office, str, list[dict[str, Any]]]) -> None:
    office, item, versions = told
    first, second, third = (row["log_index"] for row in versions)

    def name(size: int) -> str | None:
        row = entered(office).execute(
            "select audit.record_at(%s, 'item', %s, %s, null) ->> 'name'", [office.org.org_id, item, size]
        )
        found: str | None = row.fetchall()[0][0]
        return found

    assert [name(size) for size in (first, first + 1, second + 1, third + 1)] == [
        None,
        "BOLT of steel",
        "second",
        "third",
    ]


def test_the_view_of_a_table_shows_every_version_with_who_made_it(
    told: tuple[Office, str, list[dict[str, Any]]],
) -> None:
    office, item, versions = told

    rows = (
        entered(office)
        .execute(
            "select h.log_index, h.valid_from, h.valid_to, h.change_action, h.change_actor_id::text, h.name,"
            " h.attributes from catalog.item_history as h where h.id = %s order by h.log_index",
            [item],
        )
        .fetchall()
    )

    starts = [row["recorded_at"] for row in versions]
    names = ("BOLT of steel", "second", "third")
    actions = ("created", "changed", "changed")
    assert rows == [
        (row["log_index"], start, end, action, office.org.actor_id, name, {})
        for row, start, end, action, name in zip(
            versions, starts, [*starts[1:], None], actions, names, strict=True
        )
    ]


def test_a_record_that_was_removed_has_no_version_from_then_on(office: Office) -> None:
    person = office.hires().id
    office.does(
        lambda tx, org: scim_links.link(
            tx, org, keyring_within(tx), NewLink(person, "u"), idempotency_key="link"
        )
    )
    connection = entered(office)
    size = connection.execute("select size from ledger.head where org_id = %s", [office.org.org_id])
    before = size.fetchall()[0][0]
    act_as(connection, office.org.actor_id)
    for statement in (GROUP, MEMBER, "delete from identity.scim_member"):
        connection.execute(statement, {"org": office.org.org_id, "actor": office.org.actor_id})
    ((user,),) = connection.execute(
        "select distinct v.subject_id from audit.version as v where v.org_id = %s and v.subject = 'scim-member'",
        [office.org.org_id],
    ).fetchall()

    rows = connection.execute(
        "select s.log_index, s.ended_by from audit.spans(%s, 'scim-member', %s) as s",
        [office.org.org_id, user],
    ).fetchall()
    now = connection.execute(
        "select audit.record_at(%s, 'scim-member', %s, 9999, null)", [office.org.org_id, user]
    ).fetchall()

    ((made, ended),) = rows
    assert made >= before
    assert ended > made
    assert now == [(None,)]
