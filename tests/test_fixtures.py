"""What the shared fixtures promise to every other test."""

import socket
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from support import walls
from support.ledger_sql import LOGIN_ROLES, Connect, Org, issue, receipt
from support.ports import HOST, fresh_port


def test_a_new_organisation_posts_and_sees_its_stock(org_factory: Callable[..., Org]) -> None:
    org = org_factory(items=["BOLT"], locations=["A"])

    received, issued = org.post([receipt("BOLT", "A", "5"), issue("BOLT", "A", "2")])

    assert received.movement is not None
    assert issued.movement is not None
    assert (received.movement["target_on_hand"], issued.movement["source_on_hand"]) == ("5", "3")


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_an_empty_database(
    attempt: int, admin: psycopg.Connection[Any], org_factory: Callable[..., Org]
) -> None:
    assert admin.execute("select count(*) from tenancy.org").fetchone() == (0,), attempt

    org_factory()


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_every_role_that_may_log_in_reaches_the_database(role: str, as_role: Connect) -> None:
    assert as_role(role).execute("select current_user").fetchone() == (role,)


def test_a_port_is_given_once_and_to_nobody_else() -> None:
    given = []
    for _ in range(1_000):  # of 28,000, so that some would come again
        with fresh_port() as port, socket.create_server((HOST, 0)) as beside:
            given += [port, beside.getsockname()[1]]

    ports = given[::2]
    assert len(set(ports)) == len(ports)
    assert all(one != other for one, other in zip(ports, given[1::2], strict=True))


def test_a_port_that_nobody_listens_on_refuses_and_a_server_may_have_it() -> None:
    with fresh_port() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port))
        with socket.create_server((HOST, port)):
            socket.create_connection((HOST, port)).close()


def test_row_security_stands_unless_the_run_is_told_otherwise(admin: psycopg.Connection[Any]) -> None:
    policies = admin.execute("select count(*) > 0 from pg_policy").fetchone()
    secured = admin.execute("select bool_or(relrowsecurity) from pg_class").fetchone()

    assert (policies, secured) == ((not walls.is_service_alone(),),) * 2
