"""Results of verifications in the database: who may record one, and that nothing takes it back (V-20, V-23)."""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import APP, INTEGRATOR, OWNER, SUPERUSER, Connect, ConninfoOf, Org
from velaurum.audit import incarnations, verifications
from velaurum.audit.verifications import Result
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

OrgFactory = Callable[..., Org]
FOUND = Result(
    "2026-11-22T10:00:00.000000Z",
    "2026-11-22T10:00:09.000000Z",
    17,
    "A" * 43 + "=",
    3,
    ["entry-differs", "fork"],
    "0.1.0",
    "0f" * 32,
    is_scheduled=True,
)


@pytest.fixture
def org(org_factory: OrgFactory) -> Org:
    return org_factory(items=["BOLT"], locations=["A"])


@pytest.fixture
def integrator(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(INTEGRATOR), max_connections=1)) as door:
        yield door


def record(door: Database, org: Org) -> str:
    with door.installation() as outside:
        return verifications.record(outside.within(OrgId(org.org_id)), OrgId(org.org_id), FOUND)


def test_a_result_is_the_next_entry_and_says_all_of_it(
    org: Org, integrator: Database, as_role: Connect
) -> None:
    made = record(integrator, org)

    entry = as_role(SUPERUSER).execute(
        "select convert_from(v.entry, 'UTF8')::json, v.log_index = h.size - 1 from audit.version as v"
        " inner join ledger.head as h on v.org_id = h.org_id where v.subject_id = %s",
        [made],
    )
    said, is_last = entry.fetchone() or ({}, False)
    row = said.pop("row")
    assert is_last
    assert (said["type"], said["action"]) == ("change.verification", "created")
    assert said["actor"] == {"id": row.pop("actor_id"), "kind": "process"}
    assert row == {
        "id": made,
        "began_at": FOUND.began_at,
        "ended_at": FOUND.ended_at,
        "size": 17,
        "root": FOUND.root,
        "findings": 3,
        "codes": FOUND.codes,
        "program": "0.1.0",
        "report_sha256": FOUND.report_sha256,
        "is_scheduled": True,
    }


def test_the_application_does_not_vouch_for_what_it_wrote(org: Org, conninfo: ConninfoOf) -> None:
    with (
        closing(Database(conninfo(APP), max_connections=1)) as door,
        pytest.raises(psycopg.Error, match="denied"),
    ):
        record(door, org)


@pytest.mark.parametrize("role", [OWNER, SUPERUSER])
@pytest.mark.parametrize(
    "attempt",
    ["update audit.verification set findings = 0, codes = '{}'", "delete from audit.verification"],
)
def test_nobody_takes_a_finding_back(
    org: Org, integrator: Database, as_role: Connect, role: str, attempt: str
) -> None:
    record(integrator, org)
    connection = as_role(SUPERUSER)
    connection.execute("select set_config('velaurum.org', %s, false)", [org.org_id])
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))

    with pytest.raises(psycopg.Error) as refused:
        connection.execute(sql.SQL(attempt))
    assert refused.value.sqlstate == "VL001"


def test_a_suspended_organisation_is_verified_all_the_same(
    org: Org, integrator: Database, conninfo: ConninfoOf
) -> None:
    with closing(Database(conninfo(APP), max_connections=1)) as door, door.installation() as tx:
        found = orgs.find(tx, org.code)
        assert found is not None
        orgs.suspend(tx, found, "unpaid")

    assert record(integrator, org)


def test_a_log_that_is_held_takes_no_result(org: Org, integrator: Database) -> None:
    with integrator.installation() as outside:
        incarnations.hold(outside.within(OrgId(org.org_id)), OrgId(org.org_id), "it came back behind")

    with pytest.raises(Refusal) as refused:
        record(integrator, org)
    assert refused.value.code == "read-only"
