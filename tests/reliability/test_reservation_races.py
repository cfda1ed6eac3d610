"""Reservations and issues of one stock key at one instant: no more is promised or taken than there is (V-24)."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import count

from support.races import at_once, post, receive
from support.server_process import ServerProcess
from support.tenants import Tenant
from support.wire import Answer, request

ROUNDS = 3
NewTenant = Callable[[], Tenant]
_NUMBERS = count()


def reservation(tenant: Tenant, quantity: str) -> bytes:
    body = {"item": "BOLT", "location": "A", "quantity": quantity}
    key = f"reservation-{next(_NUMBERS)}"
    return request("POST", f"{tenant.path}/reservations", token=tenant.token, key=key, body=body)


def issue(tenant: Tenant, quantity: str, **members: str) -> bytes:
    body = {"kind": "issue", "item": "BOLT", "quantity": quantity, "source": "A", **members}
    return tenant.movement(f"issue-{next(_NUMBERS)}", body)


def state(server: ServerProcess, tenant: Tenant) -> tuple[Decimal, Decimal, Decimal]:
    (one,) = post(server, tenant.get("/balances")).document["data"]
    return Decimal(one["on_hand"]), Decimal(one["reserved"]), Decimal(one["available"])


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_sixteen_who_reserve_at_once_reserve_what_there_is(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    receive(servers[0], tenant, "A", "10")

    answers = at_once(servers, [reservation(tenant, "3") for _ in range(16)])

    assert statuses(answers) == {201: 3, 409: 13}
    refused = {(one.document["code"], one.document["available"]) for one in answers if one.status == 409}
    assert refused == {("insufficient-available", "1")}
    assert state(servers[1], tenant) == (10, 9, 1)


def test_reservations_and_issues_at_once_share_what_there_is(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    receive(servers[0], tenant, "A", "60")

    for _ in range(ROUNDS):
        asked = [make(tenant, "2") for _ in range(8) for make in (reservation, issue)]
        answers = at_once(servers, asked)
        on_hand, reserved, available = state(servers[0], tenant)

        assert set(statuses(answers)) <= {201, 409}
        assert {one.document["code"] for one in answers if one.status == 409} <= {
            "insufficient-available",
            "insufficient-stock",
        }
        assert available == on_hand - reserved >= 0

    listed = post(servers[1], tenant.get("/reservations?limit=200")).document["data"]
    assert sum(Decimal(one["remaining"]) for one in listed) == reserved
    assert on_hand == reserved
    assert [one for one in listed if one["shortage"] != "0"] == []


def test_sixteen_who_consume_one_reservation_at_once_consume_what_it_holds(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    receive(servers[0], tenant, "A", "100")
    held = post(servers[0], reservation(tenant, "10")).document["id"]

    answers = at_once(servers, [issue(tenant, "3", reservation=held) for _ in range(16)])

    assert statuses(answers) == {201: 3, 409: 13}
    refused = {(one.document["code"], one.document["available"]) for one in answers if one.status == 409}
    assert refused == {("insufficient-available", "1")}
    assert state(servers[1], tenant) == (91, 1, 90)
