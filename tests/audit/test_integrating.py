"""The integrator beside all that can go wrong: what is committed has one leaf, and no checkpoint is ever wrong."""

import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from support.followed_logs import INTEGRATOR, Place, count, leaves, require_prefixes
from support.ledger_sql import APP, SUPERUSER, ConninfoOf, Org, create_org, receipt
from velaurum.audit import logs, origins
from velaurum.audit.signers import ForkError
from velaurum.errors import Refusal
from velaurum.ops.integrating import Integrator
from velaurum.tenancy.context import OrgId

STORM_S, MOST_STORMS = 4.0, 15


@pytest.fixture
def place(module_conninfo: ConninfoOf, tmp_path: Path) -> Place:
    return Place(module_conninfo, tmp_path)


def test_two_integrators_in_a_storm_build_one_log(place: Place) -> None:
    with place.connected(APP) as connection:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        end = threading.Event()
        threads = [
            *(threading.Thread(target=_write, args=(place, org, end)) for _ in range(3)),
            *(threading.Thread(target=_follow, args=(place, end)) for _ in range(2)),
            threading.Thread(target=_kill, args=(place, end)),
        ]
        for thread in threads:
            thread.start()
        for _ in range(MOST_STORMS):
            time.sleep(STORM_S)
            if count(place, org.org_id) > 256 and count(place, org.org_id, "audit.checkpoint") > 2:
                break
        end.set()
        for thread in threads:
            thread.join()
        org.receive("BOLT", "A", "1")  # that one signed while another one did was taken for no loss

    with place.integrator() as last:
        last.advance(OrgId(org.org_id))
        assert org.org_id not in _behind(last)

    found = leaves(place, org.org_id)
    assert [index for index, _ in found] == list(range(len(found)))
    sizes = [one.size for one in require_prefixes(place, org.org_id)]
    assert sizes[-1] == len(found) > 256
    assert len(sizes) > 2


def test_a_log_that_came_back_behind_is_not_signed(place: Place) -> None:
    with place.connected(APP) as connection:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        org.receive("BOLT", "A", "1")
    origin = origins.of_org("log.example", OrgId(org.org_id), 0)
    place.signer.sign(origin, 1_000, b"\x07" * 32, lambda _: [])

    with place.integrator() as integrator, pytest.raises(ForkError, match="came back behind"):
        integrator.advance(OrgId(org.org_id))

    assert not require_prefixes(place, org.org_id)


def test_a_gap_in_the_log_stops_its_tiles(conninfo: ConninfoOf, tmp_path: Path) -> None:
    place = Place(conninfo, tmp_path)
    with place.connected(APP) as connection, place.connected(SUPERUSER) as admin:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        org.post([receipt("BOLT", "A", "1")] * 300)
        admin.execute("set event_triggers = off")
        admin.execute("alter table ledger.movement disable trigger user")
        admin.execute(
            "delete from ledger.movement where org_id = %s and log_index = ("
            " select max(log_index) - 290 from ledger.movement where org_id = %s)",
            [org.org_id, org.org_id],
        )

    with place.integrator() as integrator, pytest.raises(psycopg.Error, match=r"tile_node_hashes_check|gap"):
        integrator.advance(OrgId(org.org_id))

    assert not require_prefixes(place, org.org_id)


def _write(place: Place, org: Org, end: threading.Event) -> None:
    dice = random.Random(threading.get_ident())  # noqa: S311 - no secret
    with place.connected(APP) as connection:
        mine = Org(connection, org.org_id, org.code, org.actor_id, org.credential_id)
        while not end.is_set():
            with suppress(ZeroDivisionError), connection.transaction():
                mine.post([receipt("BOLT", "A", "1")] * dice.randint(1, 40))
                if dice.random() < 0.3:
                    raise ZeroDivisionError


def _follow(place: Place, end: threading.Event) -> None:
    while not end.is_set():
        with place.integrator() as integrator, suppress(Refusal, psycopg.Error):
            while not end.is_set():
                integrator.follow()


def _kill(place: Place, end: threading.Event) -> None:
    with place.connected(SUPERUSER) as admin:
        while not end.is_set():
            time.sleep(0.1)
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [INTEGRATOR]
            )


def _behind(integrator: Integrator) -> list[OrgId]:
    with integrator.database.installation() as tx:
        return logs.behind(tx)
