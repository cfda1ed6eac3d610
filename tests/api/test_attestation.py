"""The tenancy attestation of a running server: what it says while all is well, and what turns it (V-14)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from support import attested
from support.api_orgs import RECEIPT
from support.attested import AttestedSite
from support.http_client import Client, Reply
from support.ledger_sql import APP, SUPERUSER
from velaurum.api.assurance import WAIT_S
from velaurum.config import Settings
from velaurum.errors import OperationError
from velaurum.ops import attestation, posture
from velaurum.tenancy import orgs

PROVEN = orgs.QUERIES["list_all"].text


@pytest.fixture
def site() -> Iterator[AttestedSite]:
    with attested.site() as made:
        yield made


def test_what_runs_through_the_gateway_is_attested(site: AttestedSite) -> None:
    for quantity in ("1", "300", "70000"):
        site.org.movement(RECEIPT, quantity=quantity)
    for path in ("/balances", "/movements?limit=1", "/movements?limit=200", "/items/NONE", "/nowhere"):
        site.org.get(path)
    assert site.org.client.get("/readyz").status == 200

    first, second = site.attest(), site.attest()

    assert (first["org_applied"], first["reasons"]) == ("TRUE", []), first
    assert first["witness"]["gaps"] == 0
    assert first["statements"] == first["applied"] + first["exempt"] > 10
    assert first["catalogue"]["holds"] == first["catalogue"]["rules"] > 20
    assert second["org_applied"] == "TRUE"
    assert (second["requests"], second["events"]) == (first["requests"] + 1, first["events"] + 1)


def test_a_crowd_that_wants_attestations_keeps_no_threads_from_others(site: AttestedSite) -> None:
    def ask(_: int) -> tuple[float, Reply]:
        with closing(Client(site.server.url)) as client:
            began = time.monotonic()
            reply = replace(site.org, client=client).get("/assurance/tenancy")
            return time.monotonic() - began, reply

    with ThreadPoolExecutor(24) as crowd:
        asked = [*crowd.map(ask, range(24))]

    refused = [(took, reply) for took, reply in asked if reply.status != 200]
    assert 1 <= len(asked) - len(refused) < len(asked)
    assert {reply.refused for _, reply in refused} == {(503, "overloaded")}
    assert max(took for took, _ in refused) < WAIT_S / 2
    assert site.attest()["org_applied"] == "TRUE"


def test_one_statement_beside_the_gateway_is_a_gap_of_one(site: AttestedSite) -> None:
    assert site.attest()["org_applied"] == "TRUE"

    site.run(APP, b"select /* tenancy.orgs.list_all */ count(*), min(code) from tenancy.org")
    report = site.attest()

    assert (report["org_applied"], report["witness"]["gaps"]) == ("FALSE", 1)
    assert report["witness"]["found"][0]["statement"] is None


def test_a_proven_statement_that_no_process_speaks_of_is_a_gap(site: AttestedSite) -> None:
    site.org.client.get("/v1/orgs", token="")
    assert site.attest()["org_applied"] == "TRUE"

    site.run(
        APP,
        b"/* who knows */ "
        + orgs.QUERIES["create"].text.replace(b"%(code)s", b"%s").replace(b"%(region)s", b"%s"),
        "other",
        "eu-west",
    )
    report = site.attest()

    assert (report["org_applied"], report["witness"]["gaps"]) == ("NOT ATTESTED", 1)
    assert report["witness"]["found"][0]["statement"] == "tenancy.orgs.create"


@pytest.mark.parametrize(
    "beside",
    [
        b"do $$ begin perform 1 from tenancy.org; end $$",
        b"copy tenancy.org to stdout",
        b"set velaurum.org = '00000000-0000-0000-0000-000000000000'",
        b"explain (analyze) select from tenancy.org",
        b"declare c cursor with hold for select from tenancy.org",
    ],
)
def test_no_other_way_to_read_goes_unseen(served: AttestedSite, beside: bytes) -> None:
    before = served.attest()["witness"]["gaps"]

    served.run(APP, beside) if not beside.startswith(b"copy") else served.copy_out(APP, beside)

    assert served.attest()["witness"]["gaps"] > before


@pytest.fixture(scope="module")
def served() -> Iterator[AttestedSite]:
    """Serve an installation whose gaps add up."""
    with attested.site() as made:
        yield made


def test_without_a_witness_nothing_is_attested(site: AttestedSite) -> None:
    site.run(SUPERUSER, b"alter system set pg_stat_statements.track = 'none'")
    site.run(SUPERUSER, b"select pg_reload_conf()")
    while site.run(SUPERUSER, b"show pg_stat_statements.track") != [("none",)]:
        time.sleep(0.02)
    time.sleep(0.2)  # sessions that are there read it a moment after new ones have it

    report = site.attest()

    assert report["org_applied"] == "NOT ATTESTED"
    assert report["reasons"][0].startswith("The witness is off. Set pg_stat_statements.track = top")
    assert report["witness"]["since"] is None


def test_counts_that_began_anew_attest_nothing(site: AttestedSite) -> None:
    site.attest()

    site.run(SUPERUSER, b"select witness.pg_stat_statements_reset()")
    report = site.attest()

    assert report["org_applied"] == "NOT ATTESTED"
    assert any("Counting began anew while 1 processes ran" in reason for reason in report["reasons"]), report


def test_counts_that_began_anew_while_nothing_ran_attest_what_comes_after(site: AttestedSite) -> None:
    site.run(APP, b"select count(*) from tenancy.org")
    site.attest()
    site.server.stop()

    posture.restart(Settings(site.data_dir))
    site.restart()
    now = attestation.instant(datetime.now(UTC))
    site.org.movement(RECEIPT)
    whole, since = site.attest(), site.attest(f"?from={now}")

    assert (whole["org_applied"], since["org_applied"]) == ("NOT ATTESTED", "TRUE"), since
    assert any("The period begins before" in reason for reason in whole["reasons"])


def test_counting_does_not_begin_anew_while_velaurum_runs(served: AttestedSite) -> None:
    with pytest.raises(OperationError, match="Stop Velaurum first"):
        posture.restart(Settings(served.data_dir))


def test_what_a_killed_process_did_not_write_is_a_gap(site: AttestedSite) -> None:
    site.attest()

    with site.held("platform.statement_tally"):
        site.org.movement(RECEIPT)
        site.server.kill()
    site.restart()
    report = site.attest()

    assert report["org_applied"] == "NOT ATTESTED"
    assert "ledger.movements.post" in {gap["statement"] for gap in report["witness"]["found"]}
    assert any("processes run or were killed" in reason for reason in report["reasons"])


def test_a_clean_restart_keeps_the_count(site: AttestedSite) -> None:
    site.org.movement(RECEIPT)
    before = site.attest()

    site.server.stop()
    site.restart()
    site.org.movement(RECEIPT)
    report = site.attest()

    assert (report["org_applied"], report["reasons"]) == ("TRUE", [])
    assert report["witness"]["calls"] > before["witness"]["calls"]
    assert report["witness"]["since"] == before["witness"]["since"]


def test_a_broken_wall_is_told_as_false(site: AttestedSite) -> None:
    site.run(SUPERUSER, b"select fence.open(); drop policy org on catalog.item")

    report = site.attest()

    assert report["org_applied"] == "FALSE"
    assert report["catalogue"]["broken"]


def test_a_period_is_written_as_an_instant(served: AttestedSite) -> None:
    reply = served.org.get("/assurance/tenancy?from=yesterday")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["from"])
