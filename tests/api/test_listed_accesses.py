"""The list of access events: who asked for what, who saw whom, and who carried all of it away (V-08, V-25)."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Reply
from support.logs import PATIENCE_S
from support.operators import Operator, look, opened
from support.people import join
from support.staff import Staff, administrator
from velaurum.db.connection import Database
from velaurum.exchange import told_exports
from velaurum.exchange.told_exports import Operation
from velaurum.tenancy import access_events
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.statement_tallies import Boot

Listed = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.fixture
def listed(org: ApiOrg) -> Listed:
    """Return what a list has, once a request that was answered before stands in the list of all."""

    def ask(query: str = "", *, after: Reply) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            newest = org.get("/access-events?limit=200", role="auditor").json["data"]
            if after.headers["x-request-id"] in {one["request_id"] for one in newest}:
                reply = org.get(f"/access-events?limit=200{query}", role="auditor")
                assert reply.status == 200, reply
                found: list[dict[str, Any]] = reply.json["data"]
                return found
            assert time.monotonic() < deadline, newest
            time.sleep(0.05)

    return ask


def requests(found: list[dict[str, Any]], operation: str) -> list[str]:
    return [one["request_id"] for one in found if one["operation"] == operation]


def ids(*replies: Reply) -> list[str]:
    return [one.headers["x-request-id"] for one in replies]


def test_who_asked_for_what_is_listed_the_newest_first(org: ApiOrg, listed: Listed) -> None:
    read, refused = org.get("/items/BOLT"), org.get("/items/NONE")
    posted = org.move(RECEIPT)

    found = listed(after=posted)

    assert requests(found, "getItem") == ids(refused, read)
    (one,) = [each for each in found if each["request_id"] == read.headers["x-request-id"]]
    auditor = org.get("/me", role="auditor").json
    assert one["actor"] == {name: auditor["principal"][name] for name in ("id", "kind", "name")}
    assert (one["actor_id"], one["credential"]) == (auditor["principal"]["id"], org.token_ids["auditor"])
    assert (one["kind"], one["status"], one["org_applied"]) == ("request", 200, True)
    assert (one["subject"], one["break_glass"], one["log_size"]) == (None, None, None)
    by_posters = listed(f"&actor={posted.json['actor']['id']}", after=posted)
    assert [each["operation"] for each in by_posters] == ["postMovement"]


def test_pages_follow_each_other_and_stay_in_the_period_of_the_first(org: ApiOrg, listed: Listed) -> None:
    asked = [org.get("/items/BOLT") for _ in range(5)]
    listed(after=asked[-1])
    auditor = org.get("/me", role="auditor").json["principal"]["id"]

    query, found = f"/access-events?limit=2&actor={auditor}", []
    first = page = org.get(query, role="auditor")
    while True:
        found += page.json["data"]
        if page.json["next_cursor"] is None:
            break
        page = org.get(f"{query}&cursor={page.json['next_cursor']}", role="auditor")

    assert len({one["request_id"] for one in found}) == len(found)
    assert requests(found, "getItem") == ids(*reversed(asked))
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert first.headers["x-request-id"] not in {one["request_id"] for one in found}
    other = org.get(f"/access-events?limit=2&cursor={first.json['next_cursor']}", role="auditor")
    assert (other.refused, other.pointers) == ((400, "invalid-field"), ["cursor"])


def test_requests_that_were_decided_together_are_listed_one_by_one(
    org: ApiOrg, api_door: Database, listed: Listed
) -> None:
    mark = org.get("/items/BOLT")
    listed(after=mark)
    actor = org.get("/me", role="storekeeper").json["principal"]["id"]
    together = [str(uuid4()) for _ in range(3)]
    now = "2026-01-02T03:04:05+00:00"
    event = AccessEvent(
        str(uuid4()),
        now,
        together,
        ["postMovement"] * 3,
        [actor] * 3,
        [str(uuid4())] * 3,
        [201, 0, 409],
        1,
        1,
        0,
    )
    with api_door.installation() as outside:
        access_events.record(outside, org.org_id, Boot(str(uuid4())), [event])

    query, found = "/access-events?limit=2&from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z", []
    page = org.get(query, role="auditor")
    found += page.json["data"]
    found += org.get(f"{query}&cursor={page.json['next_cursor']}", role="auditor").json["data"]

    assert [one["request_id"] for one in found] == together[::-1]
    assert [one["status"] for one in found] == [409, 0, 201]
    assert {one["id"] for one in found} == {event.id}


def test_without_a_begin_the_period_is_the_day_before_its_end(org: ApiOrg, listed: Listed) -> None:
    read = org.get("/items/BOLT")
    (one,) = [each for each in listed(after=read) if each["request_id"] == read.headers["x-request-id"]]

    def within(query: str) -> bool:
        found = org.get(f"/access-events?limit=200&{query}", role="auditor").json["data"]
        return one["request_id"] in {each["request_id"] for each in found}

    assert within(f"from={one['at']}")
    assert not within(f"to={one['at']}")
    assert not within("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")
    assert not within("to=2026-01-02T00:00:00Z")


def test_what_the_operator_wrote_out_by_hand_is_listed_as_an_export(
    org: ApiOrg, api_door: Database, listed: Listed
) -> None:
    for operation in Operation:
        told_exports.tell(api_door, org.org_id, operation, 17, is_encrypted=operation is Operation.LOG)
    read = org.get("/items/BOLT")

    found = listed("&kind=export", after=read)

    assert [(one["operation"], one["log_size"], one["is_encrypted"]) for one in found] == [
        ("exportLog", 17, True),
        ("exportOrg", 17, False),
    ]
    assert {(one["kind"], one["actor"]["kind"]) for one in found} == {("export", "process")}


def test_a_download_that_was_refused_carried_nothing_away(admin: Staff, listed: Listed) -> None:
    refused = admin.get(f"/exports/{uuid4()}/archive")

    assert refused.status == 404
    assert requests(listed(after=refused), "getExportArchive") == ids(refused)
    assert listed("&kind=export", after=refused) == []


def test_what_the_operator_read_by_a_break_glass_is_listed_with_it(
    org: ApiOrg, ann: Operator, bob: Operator, admin: Staff, listed: Listed
) -> None:
    made, token = opened(org, ann, bob)
    ada = admin.hires()
    looked = look(org, token), look(org, token, f"/principals/{ada}/history")
    assert [one.status for one in looked] == [200, 200]

    found = listed("&kind=break-glass", after=looked[-1])

    assert [one["request_id"] for one in found] == ids(*reversed(looked))
    assert {one["break_glass"] for one in found} == {made}
    assert org.get(f"/break-glass/{made}").json["requested_by"]["id"] == found[0]["actor_id"]
    assert [(one["kind"], one["subject"]) for one in found] == [("record", ada), ("request", None)]
    (of_ada,) = [one for one in listed(f"&person={ada}", after=looked[-1]) if one["break_glass"]]
    assert of_ada == found[0]


def test_who_was_shown_a_person_is_listed_by_record_and_by_list(
    org: ApiOrg, admin: Staff, listed: Listed
) -> None:
    ada, bob = admin.hires(), admin.hires("Bob")
    people = admin.get("/principals"), admin.get("/principals")
    read = org.get(f"/principals/{ada}/history", role="auditor")

    of_ada, of_bob = (listed(f"&person={one}", after=read) for one in (ada, bob))

    assert (of_ada[0]["request_id"], of_ada[0]["kind"]) == (read.headers["x-request-id"], "record")
    assert of_ada[0]["subject"] == ada
    for found in (of_ada, of_bob):
        (seen,) = [one for one in found if one["operation"] == "listPrincipals"]
        assert (seen["kind"], seen["request_id"], seen["subject"]) == ("list", ids(people[0])[0], None)
    assert requests(of_bob, "listPrincipalVersions") == []
    by_admin = listed(f"&person={ada}&actor={of_bob[-1]['actor_id']}", after=read)
    assert "listPrincipalVersions" not in {one["operation"] for one in by_admin}
    assert "listPrincipals" in {one["operation"] for one in by_admin}
    assert read.headers["x-request-id"] in requests(
        listed("&kind=record", after=read), "listPrincipalVersions"
    )


def test_whoever_stands_in_the_list_is_told_that_it_was_read(
    org: ApiOrg, admin: Staff, listed: Listed
) -> None:
    eve = admin.appoints("auditor", "Eve")
    eve_id = eve.me["principal"]["id"]
    ada = admin.hires()
    asked = eve.get(f"/principals/{ada}/history")

    listed(after=asked)
    asked = org.get("/items/BOLT")

    for one in (eve_id, ada):
        assert "listAccessEvents" in {each["operation"] for each in listed(f"&person={one}", after=asked)}


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("kind=movement", "invalid-field", "kind"),
        ("kind=record&person=019a9f00-7a00-7000-8000-000000000007", "invalid-field", "kind"),
        ("from=yesterday", "invalid-field", "from"),
        ("to=2026-11-22", "invalid-field", "to"),
        ("person=Ada", "unknown-reference", "person"),
        ("actor=Ada", "unknown-reference", "actor"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_parameter(
    org: ApiOrg, query: str, code: str, pointer: str
) -> None:
    reply = org.get(f"/access-events?{query}", role="auditor")

    assert (reply.refused[1], reply.pointers) == (code, [pointer])


def test_nobody_reads_them_without_the_right_or_of_a_department_alone(
    org: ApiOrg, other_org: ApiOrg, api_door: Database, admin: Staff
) -> None:
    admin.must(admin.post("/sub-orgs", {"code": "STORES", "name": "Stores"}))
    narrow = join(api_door, org, "auditor", sub_org="STORES")

    assert narrow.get("/access-events").refused == (403, "forbidden")
    assert org.get("/access-events", role="storekeeper").refused == (403, "forbidden")
    other = org.client.get(f"{other_org.path}/access-events", token=org.tokens["auditor"])
    assert other.refused == (403, "forbidden")
