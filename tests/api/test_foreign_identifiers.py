"""For every route and identifier: what another organisation has is exactly what nobody has, in answer and in time."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from support import transports
from support.api_orgs import RECEIPT, ApiOrg
from support.browsers import person
from support.callback_answers import INTEGRATION_JOBS, hand_out
from support.counts import COUNTS, opened
from support.http_client import Reply
from support.job_answers import JOBS, requested
from support.naming_movements import in_batch, in_stream, movement
from support.operators import Operator
from support.packs import PACKS, pack
from support.periods import PERIODS, period
from support.places import CODES, PEOPLE, SCIM, UNKNOWN, Place, people, provisioned_in
from support.reminder_answers import REMINDERS, reminded
from support.report_answers import REPORTS
from support.reservations import RESERVATIONS, made
from support.shipments import SHIPMENTS, shipped
from support.staff import administrator
from support.stock_keys import PARTS, parts
from support.webhook_answers import WEBHOOKS, told_by
from velaurum.db.connection import Database
from velaurum.transport.port import Transport

ROUTES = Path(__file__).parents[1] / "golden" / "routes.txt"
PAIRS = 250
# The chance that a foreign identifier takes longer than an unknown one, when both take the same: five sigma of 250.
FURTHEST_FROM_EVEN = 0.13
RECORDS = re.compile(
    r"/\{(item|location|movement|sub_org|break_glass|principal|assignment|token|role|provider|link|user|group|mapping|job|pack|period"
    r"|lot|serial|count|reservation|shipment|webhook|delivery|integration_job|message_id|reminder)\}"
)
_REQUEST_ID = re.compile(rb'"request_id": ?"[^"]*"')


def query(path: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(path.format(named))


def create(noun: str, field: str, **body: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.post(
        f"/{noun}", {"code": str(uuid4())[:8], "name": "x", **body, field: named}, role="org-admin"
    )


def change(noun: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.patch(f"/{noun}/{named}", {"name": "mine"}, '"v1"')


def take(step: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.client.ask(
        "POST", f"{org.path}/break-glass/{named}/{step}", token=org.tokens["org-admin"]
    )


def by_admin(org: ApiOrg, method: str, path: str) -> Reply:
    return org.client.ask(method, org.path + path, token=org.tokens["org-admin"])


def own_provider(org: ApiOrg) -> str:
    """Make a provider of the organisation's own, and return its path."""
    code = f"idp-{uuid4().hex[:8]}"
    body = {"code": code, "name": "x", "issuer": "https://login.example.com", "client_id": "x"}
    assert org.post("/providers", body, role="org-admin").status == 201
    return f"/providers/{code}"


def link_to(org: ApiOrg, named: str) -> Reply:
    body = {"subject": "x", "principal": named}
    return org.post(f"{own_provider(org)}/subjects", body, role="org-admin")


def unlink_of_own_provider(org: ApiOrg, named: str) -> Reply:
    return by_admin(org, "DELETE", f"{own_provider(org)}/subjects/{named}")


PLACES = {
    "POST movements /item": Place("item", movement("item")),
    "POST movements /source": Place("location", movement("source")),
    "POST movements /target": Place("location", movement("target")),
    "POST movements/batch /movements/1/item": Place("item", in_batch),
    "POST movements/stream /item": Place("item", in_stream),
    "POST movements/{movement}/reversal": Place(
        "movement", lambda org, named: org.post(f"/movements/{named}/reversal", {"reason": "mistake"})
    ),
    "GET movements/{movement}/proof": Place("movement", query("/movements/{}/proof")),
    "GET movements/{movement}": Place("movement", query("/movements/{}")),
    "GET movements ?item": Place("item", query("/movements?item={}")),
    "GET movements ?location": Place("location", query("/movements?location={}")),
    "GET movements ?actor": Place("actor", query("/movements?actor={}")),
    "GET access-events ?actor": Place("actor", query("/access-events?actor={}")),
    "GET access-events ?person": Place("principal", query("/access-events?person={}")),
    "GET balances ?item": Place("item", query("/balances?item={}")),
    "GET balances ?location": Place("location", query("/balances?location={}")),
    "GET movements ?within": Place("location", query("/movements?within={}")),
    "GET balances ?within": Place("location", query("/balances?within={}")),
    "GET locations ?within": Place("location", query("/locations?within={}")),
    "GET locations ?parent": Place("location", query("/locations?parent={}")),
    "GET items/{item}": Place("item", query("/items/{}")),
    "PATCH items/{item}": Place("item", change("items")),
    "GET locations/{location}": Place("location", query("/locations/{}")),
    "PATCH locations/{location}": Place("location", change("locations")),
    "POST locations /parent": Place("location", create("locations", "parent", kind="storage")),
    "POST locations /sub_org": Place("sub_org", create("locations", "sub_org", kind="storage")),
    "PATCH locations/{location} /sub_org": Place(
        "sub_org", lambda org, named: org.patch("/locations/A", {"sub_org": named}, '"v1"')
    ),
    "GET sub-orgs/{sub_org}": Place("sub_org", query("/sub-orgs/{}")),
    "PATCH sub-orgs/{sub_org}": Place("sub_org", change("sub-orgs")),
    "GET break-glass/{break_glass}": Place("break_glass", query("/break-glass/{}")),
    "POST break-glass/{break_glass}/approve": Place("break_glass", take("approve")),
    "POST break-glass/{break_glass}/end": Place("break_glass", take("end")),
    "GET providers/{provider}": Place(
        "provider", lambda org, named: by_admin(org, "GET", f"/providers/{named}")
    ),
    "PATCH providers/{provider}": Place("provider", change("providers")),
    "GET providers/{provider}/sign-in": Place("provider", query("/providers/{}/sign-in")),
    "GET providers/{provider}/callback": Place("provider", query("/providers/{}/callback?state=x&code=y")),
    "GET providers/{provider}/client-keys": Place("provider", query("/providers/{}/client-keys")),
    "GET providers/{provider}/subjects": Place(
        "provider", lambda org, named: by_admin(org, "GET", f"/providers/{named}/subjects")
    ),
    "POST providers/{provider}/subjects": Place(
        "provider",
        lambda org, named: org.post(
            f"/providers/{named}/subjects", {"subject": "x", "principal": UNKNOWN}, role="org-admin"
        ),
    ),
    "POST providers/{provider}/subjects /principal": Place("actor", link_to),
    "DELETE providers/{provider}/subjects/{link}": Place("link", unlink_of_own_provider),
    "GET items/{item}/history": Place("item", query("/items/{}/history")),
    "GET locations/{location}/history": Place("location", query("/locations/{}/history")),
    "GET sub-orgs/{sub_org}/history": Place("sub_org", query("/sub-orgs/{}/history")),
    "GET roles/{role}/history": Place("role", query("/roles/{}/history")),
    "GET principals/{principal}/history": Place("principal", query("/principals/{}/history")),
    "GET tokens/{token}/history": Place("token", query("/tokens/{}/history")),
    "GET items/{item}/proof": Place("item", query("/items/{}/proof")),
    "GET locations/{location}/proof": Place("location", query("/locations/{}/proof")),
    "GET sub-orgs/{sub_org}/proof": Place("sub_org", query("/sub-orgs/{}/proof")),
    "GET roles/{role}/proof": Place("role", query("/roles/{}/proof")),
    "GET principals/{principal}/proof": Place("principal", query("/principals/{}/proof")),
    "GET tokens/{token}/proof": Place("token", query("/tokens/{}/proof")),
    "GET providers/{provider}/history": Place("provider", query("/providers/{}/history")),
    "GET providers/{provider}/proof": Place("provider", query("/providers/{}/proof")),
    "GET providers/{provider} ?at_size": Place(
        "provider", lambda org, named: by_admin(org, "GET", f"/providers/{named}?at_size=1")
    ),
    "GET providers/{provider}/subjects ?at_size": Place(
        "provider", lambda org, named: by_admin(org, "GET", f"/providers/{named}/subjects?at_size=1")
    ),
    "GET providers/{provider}/subjects/{link}/history": Place(
        "link", lambda org, named: org.get(f"{own_provider(org)}/subjects/{named}/history")
    ),
    "GET providers/{provider}/subjects/{link}/proof": Place(
        "link", lambda org, named: org.get(f"{own_provider(org)}/subjects/{named}/proof")
    ),
    "GET items/{item} ?at_size": Place("item", query("/items/{}?at_size=1")),
    **(JOBS | PACKS | PARTS | PERIODS | COUNTS | RESERVATIONS | SHIPMENTS | REMINDERS | REPORTS),
    **(INTEGRATION_JOBS | WEBHOOKS),
    "POST sub-orgs /parent": Place("sub_org", create("sub-orgs", "parent")),
    **(PEOPLE | SCIM),
}


@pytest.fixture
def foreign(
    other_org: ApiOrg,
    ann: Operator,
    api_door: Database,
    api_integrator: Database,
    api_transport: Transport,
) -> dict[str, str]:
    """Return the ids of another organisation's records, by kind."""
    posted = other_org.movement(RECEIPT)
    return {
        "item": other_org.ids["BOLT"],
        "location": other_org.ids["A"],
        "sub_org": other_org.post("/sub-orgs", {"code": "X", "name": "X"}, role="org-admin").json["id"],
        "movement": posted["id"],
        "actor": posted["actor"]["id"],
        "break_glass": ann.requested(other_org),
        "job": requested(other_org).json["id"],
        "pack": pack(other_org)["id"],
        "period": period(other_org)["id"],
        "reminder": reminded(other_org, api_door, api_integrator),
        "integration_job": hand_out(other_org).job_id,
        "dead_letter": transports.bury(api_transport, other_org.org_id),
        **people(administrator(other_org)),
        "count": opened(other_org),
        "reservation": made(other_org),
        **(parts(other_org) | provider_of(other_org, api_door)),
        **(provisioned_in(other_org) | told_by(other_org) | shipped(other_org)),
    }


def provider_of(org: ApiOrg, door: Database) -> dict[str, str]:
    path = own_provider(org)
    linked = org.post(f"{path}/subjects", {"subject": "x", "principal": person(door, org)}, role="org-admin")
    return {"provider": by_admin(org, "GET", path).json["id"], "link": linked.json["id"]}


def comparable(reply: Reply) -> tuple[int, dict[str, str], Any]:
    headers = {
        name: value
        for name, value in reply.headers.items()
        if name not in ("date", "request-id", "x-request-id", "ratelimit", "content-length")
    }
    return reply.status, headers, _REQUEST_ID.sub(b"", reply.body)


@pytest.mark.parametrize("place", [name for name, place in PLACES.items() if place.record in CODES])
def test_a_code_of_another_organisation_answers_as_one_of_nobody(
    place: str, org: ApiOrg, other_org: ApiOrg
) -> None:
    record, ask = PLACES[place]
    other_org.item(CODES["item"])
    other_org.location(CODES["location"])
    founded = {"code": CODES["sub_org"], "name": "x"}
    assert other_org.post("/sub-orgs", founded, role="org-admin").status == 201
    role = {"code": CODES["role"], "name": "x", "permissions": ["read"]}
    assert other_org.post("/roles", role, role="org-admin").status == 201
    org.movement(RECEIPT)

    assert comparable(ask(org, CODES[record])) == comparable(ask(org, "NOBODY-HAS"))


@pytest.mark.parametrize("place", PLACES)
def test_a_foreign_identifier_answers_as_an_unknown_one(
    place: str, org: ApiOrg, foreign: dict[str, str]
) -> None:
    record, ask = PLACES[place]
    org.movement(RECEIPT)
    before = org.get("/movements?limit=200").json["data"]

    of_nobody, of_another = ask(org, UNKNOWN), ask(org, foreign[record])

    assert comparable(of_another) == comparable(of_nobody)
    assert of_another.status in (200, 400, 404)
    if of_another.status == 200 and "batch" not in place:
        assert of_another.json["data"] == []
    posted_alongside = 2 if "batch" in place else 0
    assert len(org.get("/movements?limit=200").json["data"]) == len(before) + posted_alongside


def test_every_route_that_names_a_record_is_among_them() -> None:
    named = {line.split()[1] for line in ROUTES.read_text().splitlines() if "}" in line}
    asked = {place.split()[1] for place in PLACES}
    with_records = {
        path.removeprefix("/v1/orgs/{org}/")
        for path in named
        if path.startswith("/v1/orgs/") and RECORDS.search(path)
    }

    assert with_records <= asked


def chance_to_be_longer(one: list[float], other: list[float]) -> float:
    """Return the chance that a value of `one` is above a value of `other`: 0.5 when they are alike."""
    above = sum((a > b) + (a == b) / 2 for a in one for b in other)
    return above / (len(one) * len(other))


@pytest.mark.parametrize("place", ["GET items/{item}", "GET movements/{movement}", "POST movements /item"])
def test_a_foreign_identifier_takes_as_long_as_an_unknown_one(
    place: str, org: ApiOrg, foreign: dict[str, str]
) -> None:
    record, ask = PLACES[place]
    taken: dict[str, list[float]] = {foreign[record]: [], UNKNOWN: []}
    turns = [*taken] * PAIRS
    random.shuffle(turns)
    for named in [*taken, *turns]:
        begin = time.perf_counter()
        ask(org, named)
        taken[named].append(time.perf_counter() - begin)

    chance = chance_to_be_longer(*taken.values())

    assert abs(chance - 0.5) < FURTHEST_FROM_EVEN


def test_the_comparison_of_times_would_see_a_tenth() -> None:
    noise = random.Random(1)  # noqa: S311 - the same numbers every time
    times = [[1e-3 * (1 + extra) * noise.lognormvariate(0, 0.1) for _ in range(PAIRS)] for extra in (0.1, 0)]

    assert chance_to_be_longer(*times) - 0.5 > FURTHEST_FROM_EVEN
