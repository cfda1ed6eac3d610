"""A spreadsheet is packed whole before it is sent: an organisation packs one at a time, and its other files go on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.ledger_sql import SUPERUSER
from support.postings_in_flight import wait_for_waiting
from velaurum.db import embedded


@pytest.fixture
def superuser(cluster: embedded.Cluster, session_database_name: str) -> str:
    return cluster.conninfo(user=SUPERUSER, dbname=session_database_name)


@contextmanager
def _nobody_reads_items(superuser: str) -> Iterator[None]:
    with psycopg.connect(superuser) as connection:
        connection.execute("lock table catalog.item in access exclusive mode")
        yield
        connection.rollback()


def _apart(org: ApiOrg, form: str) -> Reply:
    """Ask for a report over a connection of its own."""
    with closing(Client(org.client.url)) as client:
        return replace(org, client=client).get(f"/reports/on-hand?format={form}")


def test_an_organisation_packs_one_spreadsheet_at_a_time(org: ApiOrg, superuser: str) -> None:
    org.movement(RECEIPT)

    with ThreadPoolExecutor(2) as crowd:
        with _nobody_reads_items(superuser):
            first = crowd.submit(_apart, org, "xlsx")
            wait_for_waiting(superuser, 1)
            refused = _apart(org, "xlsx")
            other = crowd.submit(_apart, org, "csv")
            wait_for_waiting(superuser, 2)
        answers = [first.result(), other.result()]
    again = _apart(org, "xlsx")

    assert refused.refused == (503, "overloaded")
    assert int(refused.headers["retry-after"]) > 0
    assert [one.status for one in (*answers, again)] == [200, 200, 200]
    assert again.body == answers[0].body
