"""Many clients at one instant: whatever they race for, the ledger decides once."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations, cycle

from support.postings import since_first
from support.races import at_once, post, receive
from support.server_process import ServerProcess
from support.tenants import Tenant

ROUNDS = 3
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NewTenant = Callable[[], Tenant]


def on_hand(server: ServerProcess, tenant: Tenant) -> dict[str, Decimal]:
    data = post(server, tenant.get("/balances")).document["data"]
    return {one["location"]["code"]: Decimal(one["on_hand"]) for one in data}


def log(server: ServerProcess, tenant: Tenant) -> list[int]:
    return [one["log_index"] for one in post(server, tenant.get("/movements?limit=200")).document["data"]]


def identifiers(server: ServerProcess, tenant: Tenant) -> set[str]:
    """Return every id that the organisation's own reads show."""
    pages = [
        post(server, tenant.get(f"/{noun}?limit=200")).body for noun in ("movements", "balances", "items")
    ]
    return {one.decode() for page in pages for one in UUID.findall(page)}


def test_one_key_sent_by_fifty_clients_at_once_posts_one_row(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    body = {"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"}

    answers = at_once(servers, [tenant.movement("one-key", body)] * 50)

    assert Counter(answer.status for answer in answers) == {201: 1, 200: 49}
    assert Counter(answer.is_replayed for answer in answers) == {False: 1, True: 49}
    assert len({answer.body for answer in answers}) == 1
    assert len(log(servers[0], tenant)) == 1
    assert on_hand(servers[1], tenant) == {"A": 1}


def test_the_last_unit_goes_to_one_of_sixty_four_clients(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    body = {"kind": "issue", "item": "BOLT", "quantity": "1", "source": "A"}

    for race in range(ROUNDS):
        receive(servers[0], tenant, "A", "1", f"stock-{race}")
        answers = at_once(servers, [tenant.movement(f"issue-{race}-{n}", body) for n in range(64)])

        assert Counter(answer.status for answer in answers) == {201: 1, 409: 63}
        refused = [answer.document for answer in answers if answer.status == 409]
        assert {(one["code"], one["available"]) for one in refused} == {("insufficient-stock", "0")}
        assert on_hand(servers[1], tenant) == {"A": 0}


def test_a_movement_is_reversed_by_one_of_thirty_two_clients(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    # More stock than one reversal takes, so that only the rule itself can refuse the second.
    receive(servers[0], tenant, "A", "1000")
    posted = receive(servers[0], tenant, "A", "10", "to-reverse").document

    answers = at_once(servers, [tenant.reversal(f"reversal-{n}", posted["id"]) for n in range(32)])

    assert Counter(answer.status for answer in answers) == {201: 1, 409: 31}
    refused = {answer.document["code"] for answer in answers if answer.status == 409}
    assert refused == {"already-reversed"}
    assert on_hand(servers[0], tenant) == {"A": 1000}


def test_a_key_that_two_meanings_race_for_belongs_to_the_first(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    bodies = [
        {"kind": "receipt", "item": "BOLT", "quantity": str(n % 4 + 1), "target": "A"} for n in range(40)
    ]

    answers = at_once(servers, [tenant.movement("one-key", body) for body in bodies])

    assert Counter(answer.status for answer in answers) == {201: 1, 200: 9, 422: 30}
    decided = {answer.document["quantity"] for answer in answers if answer.status < 300}
    assert {f"{on_hand(servers[0], tenant)['A']}"} == decided


def test_opposite_transfers_by_many_clients_meet_no_deadlock_and_conserve_the_sum(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    receive(servers[0], tenant, "A", "20", "stock-a")
    receive(servers[0], tenant, "B", "20", "stock-b")
    ways = cycle([("A", "B"), ("B", "A")])
    transfers = [
        {"kind": "transfer", "item": "BOLT", "quantity": "7", "source": source, "target": target}
        for (source, target), _ in zip(ways, range(80), strict=False)
    ]

    answers = [
        answer
        for race in range(ROUNDS)
        for answer in at_once(
            servers, [tenant.movement(f"transfer-{race}-{n}", body) for n, body in enumerate(transfers)]
        )
    ]

    assert {answer.status for answer in answers} <= {201, 409}
    assert {answer.document["code"] for answer in answers if answer.status == 409} <= {"insufficient-stock"}
    assert sum(on_hand(servers[0], tenant).values()) == 40


def test_opposite_orders_within_batches_meet_no_deadlock(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenant = new_tenant()
    requests = []
    for client in range(24):
        places = "ABC" if client % 2 else "CBA"
        rows = [
            {
                "kind": "receipt",
                "item": "BOLT",
                "quantity": "1",
                "target": place,
                "idempotency_key": f"{client}-{n}",
            }
            for n, place in enumerate(places)
        ]
        requests.append(tenant.batch("atomic" if client % 3 else "independent", rows))

    answers = at_once(servers, requests)

    assert {answer.status for answer in answers} == {200}
    assert {one["status"] for answer in answers for one in answer.document["results"]} == {201}
    assert on_hand(servers[0], tenant) == {"A": 24, "B": 24, "C": 24}


def test_organisations_that_post_at_once_never_see_each_other(
    servers: list[ServerProcess], new_tenant: NewTenant
) -> None:
    tenants = [new_tenant() for _ in range(4)]
    requests = [
        (tenant, {"kind": "receipt", "item": "BOLT", "quantity": str(place + 1), "target": "A"}, f"key-{n}")
        for n in range(16)
        for place, tenant in enumerate(tenants)
    ]

    answers = at_once(servers, [tenant.movement(key, body) for tenant, body, key in requests])

    assert {answer.status for answer in answers} == {201}
    for place, tenant in enumerate(tenants):
        own = [answer for answer, (asked, _, _) in zip(answers, requests, strict=True) if asked is tenant]
        assert {answer.document["quantity"] for answer in own} == {str(place + 1)}
        assert sorted(since_first(answer.document["log_index"] for answer in own)) == list(range(16))
        assert sorted(since_first(log(servers[0], tenant))) == list(range(16))
        assert on_hand(servers[1], tenant) == {"A": 16 * (place + 1)}

    seen = [identifiers(servers[0], tenant) for tenant in tenants]
    assert not any(one & other for one, other in combinations(seen, 2))
