"""The feed over HTTP: the log in its order, without a gap, as CloudEvents; asked and waited for."""

import secrets
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.departments import create as divide
from support.departments import stock
from support.guests import invite
from support.http_client import Client, Reply
from support.rollbacks import signed
from support.staff import administrator
from velaurum.db.connection import Database
from velaurum.events.nouns import NOUNS, TYPES

MOVEMENTS = "velaurum.movement.posted.v1"


def follow(org: ApiOrg, query: str = "", *, role: str = "auditor", size: int | None = None) -> list[Any]:
    """Read the feed to the end of what the log has now, once that is signed."""
    end = org.log_size() if size is None else size
    signed(org, end)
    events: list[Any] = []
    after = "-1"
    while True:
        reply = org.get(f"/events?limit=7&after={after}{query}", role=role)
        assert reply.status == 200, reply
        events += reply.json["data"]
        if reply.json["next_after"] == after:
            return events
        after = reply.json["next_after"]


def test_the_feed_is_the_log_in_its_order_without_a_gap(org: ApiOrg) -> None:
    posted = [org.movement(RECEIPT) for _ in range(10)]

    events = follow(org)

    assert [one["logindex"] for one in events] == [str(n) for n in range(org.log_size())]
    assert [one["id"] for one in events] == [f"{org.code}:{n}" for n in range(len(events))]
    assert {one["source"] for one in events} == {f"/v1/orgs/{org.code}"}
    assert {one["type"] for one in events} <= TYPES
    moved = [one["data"] for one in events if one["type"] == MOVEMENTS]
    assert [one["id"] for one in moved] == [one["id"] for one in posted]


def test_a_movement_is_told_as_it_is_read_but_for_what_can_be_erased(org: ApiOrg) -> None:
    posted = org.movement(RECEIPT, note="gate 4", reference="PO-1")

    (event,) = follow(org, f"&types={MOVEMENTS}")

    read = org.get(f"/movements/{posted['id']}").json
    assert read["note"] == "gate 4"
    del read["note"], read["unavailable"], read["restricted"], read["actor"]["name"]
    href = f"{org.path}/movements/{posted['id']}"
    assert event["data"] == {"href": href, **read}
    assert org.client.get(href, token=org.tokens["auditor"]).status == 200
    assert (event["subject"], event["time"]) == (f"movement/{posted['id']}", posted["recorded_at"])
    assert "gate 4" not in str(event)


def test_a_change_says_what_changed_and_not_to_what(org: ApiOrg) -> None:
    item = org.item("NUT", description="of steel")
    changed = org.patch("/items/NUT", {"name": "A nut", "description": "of brass"}, '"v1"')
    assert changed.status == 200

    made, became = follow(org, "&types=velaurum.item.*")[-2:]

    assert (made["type"], became["type"]) == ("velaurum.item.created.v1", "velaurum.item.changed.v1")
    data = became["data"]
    assert (data["noun"], data["id"], data["code"]) == ("item", item["id"], "NUT")
    assert (data["previous_version"], data["version"]) == (1, 2)
    assert data["changed"] == ["description", "name", "version"]
    assert data["previous"] == int(made["logindex"])
    assert "brass" not in str(became)
    assert "steel" not in str(made)
    assert org.client.get(data["href"], token=org.tokens["auditor"]).json["name"] == "A nut"


def test_no_event_has_what_an_erasure_takes(org: ApiOrg) -> None:
    admin = administrator(org)
    mark = secrets.token_hex(12)
    ada = admin.hires(f"name-{mark}")
    admin.must(admin.patch(f"/principals/{ada}", {"name": f"other-{mark}"}, '"v1"'))
    invite(org, ada, f"login-{mark}")
    admin.must(admin.post("/scim-users", {"principal": ada, "user_name": f"user-{mark}"}))
    body, token = {**RECEIPT, "note": f"note-{mark}"}, admin.issues(ada)["token"]
    admin.must(org.client.post(f"{org.path}/movements", body, token=token, key=ada))
    admin.must(admin.post(f"/principals/{ada}/disabling"))
    told = follow(org)
    admin.must(admin.post(f"/principals/{ada}/erasure"))

    events = follow(org)

    of_ada = [one["type"] for one in events if ada in str(one)]
    assert {MOVEMENTS, "velaurum.principal.created.v1", "velaurum.principal.disabled.v1"} <= {*of_ada}
    assert events[: len(told)] == told
    assert mark not in str(events)


def test_a_filter_moves_on_over_what_it_leaves_out(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    org.item("NUT")
    size = org.log_size()
    signed(org, size)

    reply = org.get("/events?types=velaurum.role.removed.v1")

    assert reply.json == {"data": [], "next_after": str(size - 1)}


def test_a_filter_leaves_nothing_out_that_was_chosen(org: ApiOrg) -> None:
    size = org.log_size()
    everything = follow(org, size=size)

    chosen = follow(org, "&types=velaurum.location.*,velaurum.token.created.v1", size=size)

    assert len(chosen) > 7  # more than one page
    assert chosen == [
        one
        for one in everything
        if one["type"].startswith("velaurum.location.") or one["type"] == "velaurum.token.created.v1"
    ]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("after=x", "after"),
        ("after=1.-1", "after"),
        ("after=01", "after"),
        ("types=velaurum.nothing.*", "types"),
        ("types=", "types"),
        ("types=velaurum.item.created.v1,", "types"),
        ("wait=31", "wait"),
        ("limit=0", "limit"),
    ],
)
def test_what_cannot_be_meant_is_refused(org: ApiOrg, query: str, pointer: str) -> None:
    reply = org.get(f"/events?{query}")

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == [pointer]


def test_a_position_that_the_log_never_reached_is_refused(org: ApiOrg) -> None:
    size = org.log_size()

    assert org.get(f"/events?after={size}").refused == (409, "feed-reset")
    assert org.get(f"/events?after={size - 1}").status == 200
    lost = org.get("/events?after=1.0")
    assert lost.refused == (409, "feed-reset")
    assert lost.json["resume_after"] == "-1"


def test_who_waits_is_woken_by_what_comes(org: ApiOrg) -> None:
    size = org.log_size()
    signed(org, size)
    answered: list[Reply] = []
    client = Client(org.client.url)

    def wait() -> None:
        path = f"{org.path}/events?after={size - 1}&wait=20&types={MOVEMENTS}"
        answered.append(client.get(path, token=org.tokens["auditor"]))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.5)
    began = time.monotonic()
    posted = org.movement(RECEIPT)
    waiting.join(15)

    (reply,) = answered
    assert time.monotonic() - began < 10
    assert [one["data"]["id"] for one in reply.json["data"]] == [posted["id"]]
    client.close()


def test_who_waits_in_vain_is_answered_in_time(org: ApiOrg) -> None:
    size = org.log_size()
    signed(org, size)
    began = time.monotonic()

    reply = org.get(f"/events?after={size - 1}&wait=1")

    assert reply.json == {"data": [], "next_after": str(size - 1)}
    assert 0.9 < time.monotonic() - began < 5


def test_changes_of_rights_are_for_who_may_read_them(org: ApiOrg) -> None:
    size = org.log_size()
    of_auditor = follow(org, role="auditor", size=size)
    of_integration = follow(org, role="integration", size=size)

    nouns = {one["type"].split(".")[1] for one in of_integration}

    assert nouns
    assert {NOUNS[one].permission for one in nouns} == {"read"}
    kept = {one["id"] for one in of_integration}
    others = [one["type"].split(".")[1] for one in of_auditor if one["id"] not in kept]
    assert "token" in others
    assert {NOUNS[one].permission for one in others} == {"read-assurance"}


def test_a_department_follows_what_it_reaches(org: ApiOrg, api_door: Database) -> None:
    departments = divide(org, api_door)
    stock(departments)
    north = departments.within("NORTH")
    size = org.log_size()

    events = follow(north, size=size)

    readable = {one["id"] for one in north.get("/movements?limit=200").json["data"]}
    moved = [one["data"] for one in events if one["type"] == MOVEMENTS]
    assert {one["id"] for one in moved} == readable
    assert len(moved) == 3
    codes = {one["data"]["code"] for one in events if one["type"] == "velaurum.location.created.v1"}
    assert {"N", "N1", "N2"} <= codes
    assert not codes & {"S", "O", "A"}
    assert {one["type"].split(".")[1] for one in events} <= {
        noun for noun, one in NOUNS.items() if one.permission == "read"
    }


def test_every_event_is_as_its_schemas_say(org: ApiOrg, api_door: Database) -> None:
    org.movement(RECEIPT, note="gate 4", reference="PO-1")
    stock(divide(org, api_door))
    reversed_one = org.post(f"/movements/{org.movement(RECEIPT)['id']}/reversal", {"reason": "wrong"})
    assert reversed_one.status == 201
    envelope = jsonschema_rs.validator_for(org.client.get("/schemas/events/event.v1.json").json)

    for event in follow(org):
        envelope.validate(event)
        path = urlsplit(event["dataschema"]).path
        schema = org.client.get(path).json
        assert schema["$id"] == event["dataschema"]
        jsonschema_rs.validate(schema, event["data"])
        assert set(event["data"]) == set(schema["properties"])
        assert set(event) == set(org.client.get("/schemas/events/event.v1.json").json["properties"])


def test_what_events_look_like_is_for_anyone(org: ApiOrg) -> None:
    reply = org.client.get("/asyncapi.json")

    assert reply.status == 200
    assert reply.json["asyncapi"] == "3.0.0"
    assert org.client.get("/schemas/events/item.v1.json").refused == (404, "not-found")
