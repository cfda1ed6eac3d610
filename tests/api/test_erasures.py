"""Data subjects over HTTP: held, bundled, erased, once and for ever (V-09, V-25)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.browsers import operator
from support.http_client import Client, Reply
from support.staff import Staff, administrator
from velaurum import canonical
from velaurum.db.connection import Database

HOLD = {"action": "place", "reason": "case 2026/117"}
RELEASE = {"action": "release", "reason": "case closed"}


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


WAITING: LiteralString = """
    select count(*) from pg_stat_activity as a where a.datname = current_database() and a.wait_event_type = 'Lock'"""


def _apart(org: ApiOrg, path: str) -> Reply:
    """Post as the administrator over a connection of its own."""
    with closing(Client(org.client.url)) as client:
        return administrator(replace(org, client=client)).post(path)


def _erase(admin: Staff, principal: str) -> None:
    admin.must(admin.post(f"/principals/{principal}/disabling"))
    admin.must(admin.post(f"/principals/{principal}/erasure"))


def test_a_legal_hold_refuses_an_erasure_with_its_reason_until_it_is_released(admin: Staff) -> None:
    path = f"/principals/{admin.hires()}"
    admin.must(admin.post(f"{path}/disabling"))
    held = admin.must(admin.post(f"{path}/legal-hold", HOLD))
    again = admin.must(admin.post(f"{path}/legal-hold", HOLD))

    refused = admin.post(f"{path}/erasure")

    assert again == held
    assert held["is_held"]
    assert refused.refused == (409, "legal-hold")
    assert "case 2026/117" in refused.json["detail"]
    released = admin.must(admin.post(f"{path}/legal-hold", RELEASE))
    assert [one["action"] for one in released["steps"]] == ["placed", "released"]
    assert admin.post(f"{path}/erasure").status == 201


def test_who_may_act_and_what_is_nobody_is_not_erased(admin: Staff) -> None:
    person, service = admin.hires(), admin.hires("scanner", "service")
    admin.must(admin.post(f"/principals/{service}/disabling"))

    assert admin.post(f"/principals/{person}/erasure").refused == (409, "conflict")
    assert admin.post(f"/principals/{service}/erasure").refused == (409, "conflict")


def test_an_erased_person_has_no_name_in_the_present_or_the_past(admin: Staff) -> None:
    principal = admin.hires("Ada Byron")
    etag = admin.get(f"/principals/{principal}").headers["etag"]
    admin.must(admin.patch(f"/principals/{principal}", {"name": "Ada King"}, etag))

    _erase(admin, principal)

    now = admin.must(admin.get(f"/principals/{principal}"))
    past = admin.must(admin.get(f"/principals/{principal}/history"))["data"]
    assert now["name"] == "erased"
    assert len(past) == 4  # made, renamed, disabled, erased
    for reply in (
        admin.get(f"/principals/{principal}"),
        admin.get(f"/principals/{principal}/history"),
        admin.get("/identity-changes"),
        admin.get("/principals"),
        admin.get(f"/principals/{principal}/bundle"),
    ):
        assert reply.status == 200, reply
        assert b"Ada" not in reply.body


def test_nothing_is_sealed_for_who_was_erased(admin: Staff, org: ApiOrg, api_door: Database) -> None:
    """Who is enabled again writes no notes: a key that was destroyed is not made again."""
    principal = admin.hires()
    keeper = admin.issues(principal)["token"]
    path = f"{org.path}/movements"
    assert org.client.post(path, {**RECEIPT, "note": "x"}, token=keeper, key="k1").status == 201
    _erase(admin, principal)

    admin.must(admin.post(f"/principals/{principal}/enabling"))
    keeper = admin.issues(principal)["token"]
    bare = org.client.post(path, RECEIPT, token=keeper, key="k2")
    noted = org.client.post(path, {**RECEIPT, "note": "y"}, token=keeper, key="k3")

    assert bare.status == 201
    assert noted.refused == (409, "conflict")
    with api_door.installation() as outside:
        states = (
            outside.within(org.org_id)
            .connection.execute(
                "select k.state from keys.data_key as k where k.org_id = %s and k.subject_id = %s",
                [org.org_id, principal],
            )
            .fetchall()
        )
    assert states == [("erased",)]


def test_a_bundle_has_what_is_held_and_no_secret(admin: Staff, org: ApiOrg) -> None:
    principal = admin.hires("Ada Byron")
    issued = admin.issues(principal)
    posted = org.client.post(
        f"{org.path}/movements", {**RECEIPT, "note": "left at gate 4"}, token=issued["token"], key="k1"
    )
    org.movement({**RECEIPT, "note": "by somebody else"})

    reply = admin.get(f"/principals/{principal}/bundle")

    held = reply.json["held"]
    assert held["principal"][0]["name"] == "Ada Byron"
    assert [one["role"] for one in held["tokens"]] == ["storekeeper"]
    assert [(one["movement"], one["note"]) for one in held["notes"]] == [
        (posted.json["id"], "left at gate 4")
    ]
    assert held["former_values"][0]["name"] == "Ada Byron"
    assert reply.json["unavailable"] == []
    assert issued["token"].encode() not in reply.body
    assert b"secret" not in reply.body
    assert b"by somebody else" not in reply.body


def _decided(door: Database, org: ApiOrg, key: str) -> bytes:
    with door.installation() as outside:
        found = outside.within(org.org_id).connection.execute(
            "select d.request_hash from ledger.decision as d where d.org_id = %s and d.idempotency_key = %s",
            [org.org_id, key],
        )
        return bytes(found.fetchall()[0][0])


def test_no_hash_of_a_name_is_kept_and_what_made_a_person_is_forgotten_with_them(
    admin: Staff, org: ApiOrg, api_door: Database
) -> None:
    asked = {"name": "Ada Byron", "kind": "user"}
    named = {"create": "principal", **asked, "sub_org": None}
    made = admin.post("/principals", asked, key="ada")
    invitation = admin.post(f"/principals/{made.json['id']}/invitations", {"login": "ada"}, key="invited")
    assert (made.status, invitation.status) == (201, 201)
    before = [_decided(api_door, org, key) for key in ("ada", "invited")]
    assert before[0] != canonical.digest(named)
    assert admin.post("/principals", asked, key="ada").json["id"] == made.json["id"]
    assert admin.post("/principals", {**asked, "name": "Bea"}, key="ada").refused == (
        422,
        "idempotency-key-reused",
    )
    others = admin.post("/principals", {**asked, "name": "Bea"}, key="bea")

    _erase(admin, made.json["id"])

    after = [_decided(api_door, org, key) for key in ("ada", "invited")]
    assert not {*before} & {*after}
    assert admin.post("/principals", asked, key="ada").refused == (422, "idempotency-key-reused")
    assert admin.post("/principals", {**asked, "name": "Bea"}, key="bea").json["id"] == others.json["id"]


def test_what_was_decided_by_a_name_is_known_by_it(admin: Staff, org: ApiOrg, api_door: Database) -> None:
    asked = {"name": "Ada Byron", "kind": "user"}
    person = admin.hires("Ada Byron")
    with operator(api_door, org) as (connection, operator_id):
        connection.execute(
            "insert into ledger.decision (org_id, idempotency_key, request_hash, outcome, record_id, actor_id,"
            " credential_id, request_id)"
            " values (%s, 'before', %s, 'created', %s, %s, gen_random_uuid(), gen_random_uuid())",
            [
                org.org_id,
                canonical.digest({"create": "principal", **asked, "sub_org": None}),
                person,
                operator_id,
            ],
        )

    assert admin.post("/principals", asked, key="before").json["id"] == person


def test_a_decision_of_nobody_who_was_erased_is_never_altered(
    admin: Staff, org: ApiOrg, api_door: Database
) -> None:
    admin.hires("Ada")
    with operator(api_door, org) as (connection, _):
        for outcome in ("created", "refused"):
            with pytest.raises(psycopg.DatabaseError) as refused, connection.transaction():
                connection.execute(
                    "update ledger.decision set request_hash = sha256('x'), outcome = %s where org_id = %s",
                    [outcome, org.org_id],
                )
            assert refused.value.sqlstate == "VL001"


def test_an_erasure_waits_for_who_writes_and_keeps_nothing_from_them(
    admin: Staff, org: ApiOrg, api_door: Database
) -> None:
    """Who renames somebody holds the key that they seal under, and then wants the head of the log."""
    person = admin.hires("Ada")
    admin.must(admin.post(f"/principals/{person}/disabling"))
    with ThreadPoolExecutor(1) as pool, operator(api_door, org) as (connection, _):
        connection.execute("set local lock_timeout = '5s'")
        connection.execute(
            "select from keys.data_key as k where k.org_id = %s and k.subject_id = %s for key share",
            [org.org_id, person],
        )
        erasing = pool.submit(_apart, org, f"/principals/{person}/erasure")
        while connection.execute(WAITING).fetchone() != (1,):
            assert not erasing.done(), erasing.result()

        connection.execute("select from ledger.head as h where h.org_id = %s for update", [org.org_id])
        connection.rollback()
        assert erasing.result().status == 201
