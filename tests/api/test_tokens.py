"""Tokens over HTTP: shown once, listed without secrets, revoked for ever; and what a credential says of itself."""

import time
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.people import Person, at_once
from support.staff import Staff, administrator
from velaurum.identity import secrets


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def test_a_token_is_shown_once_and_works(admin: Staff) -> None:
    made = admin.hires()
    body = {"role": "storekeeper", "expires": "12h"}
    first = admin.post(f"/principals/{made}/tokens", body, key="once")
    again = admin.post(f"/principals/{made}/tokens", body, key="once")

    parsed = secrets.parse(first.json["token"])
    assert (first.status, again.status, again.is_replayed) == (201, 200, True)
    assert parsed is not None
    assert parsed.token_id == first.json["id"]
    assert again.json == {**first.json, "token": None}
    assert Person(admin.org, first.json["token"]).move(RECEIPT).json["actor"]["id"] == made


def test_no_answer_but_the_first_holds_anything_of_the_secret(admin: Staff) -> None:
    issued = admin.issues(admin.hires())
    parsed = secrets.parse(issued["token"])
    assert parsed is not None

    answers = [admin.get(path).body for path in (f"/tokens/{issued['id']}", "/tokens", "/identity-changes")]

    for hidden in (issued["token"], parsed.secret.hex(), parsed.secret_hash.hex(), "secret"):
        assert not [answer for answer in answers if hidden.encode() in answer]


@pytest.mark.parametrize(
    ("change", "refused", "pointer"),
    [
        ({"role": "king"}, "unknown-reference", "/role"),
        ({"sub_org": "NOPE"}, "unknown-reference", "/sub_org"),
        ({"expires": "soon"}, "invalid-field", "/expires"),
        ({"expires": "0d"}, "invalid-field", "/expires"),
        ({"expires": "366d"}, "invalid-field", "/expires"),
        ({"expires": "999999w"}, "invalid-field", "/expires"),
        ({"expires": 90}, "invalid-field", "/expires"),
    ],
)
def test_what_no_token_may_be_is_named(
    change: dict[str, Any], refused: str, pointer: str, admin: Staff
) -> None:
    reply = admin.post(f"/principals/{admin.hires()}/tokens", {"role": "auditor", **change})

    assert (reply.code, reply.pointers) == (refused, [pointer])


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(admin: Staff) -> None:
    issued = admin.issues(admin.hires())
    keeper = Person(admin.org, issued["token"])
    assert keeper.move(RECEIPT).status == 201

    revoked = admin.post(f"/tokens/{issued['id']}/revocation")

    assert keeper.move(RECEIPT).refused == (401, "unauthenticated")
    assert revoked.json == admin.post(f"/tokens/{issued['id']}/revocation").json
    assert revoked.json in admin.get("/tokens?limit=200").json["data"]


def test_two_revocations_at_once_are_one_change(admin: Staff) -> None:
    issued = admin.issues(admin.hires())["id"]
    path = f"{admin.org.path}/tokens/{issued}/revocation"

    statuses = at_once(admin.org.client.url, [lambda client: client.ask("POST", path, token=admin.token)] * 4)

    lines = admin.get("/identity-changes?limit=200").json["data"]
    assert statuses == [200] * 4
    assert [one["action"] for one in lines if one["subject"]["id"] == issued] == ["revoked", "created"]


def test_the_last_use_of_a_token_is_shown(admin: Staff) -> None:
    issued = admin.issues(admin.hires())
    path = f"/tokens/{issued['id']}"
    assert admin.get(path).json["last_used_at"] is None

    assert Staff(admin.org, issued["token"]).get("/me").status == 200

    for _ in range(400):
        if used := admin.get(path).json["last_used_at"]:
            break
        time.sleep(0.05)
    assert used is not None
    assert used >= issued["created_at"]
    Staff(admin.org, issued["token"]).get("/me")
    assert admin.get(path).json["last_used_at"] == used


def test_a_credential_says_who_it_is_and_what_it_may_do(admin: Staff) -> None:
    admin.must(admin.post("/sub-orgs", {"code": "NORTH", "name": "North"}))
    made = admin.hires("Ada")
    issued = admin.issues(made, "controller", sub_org="NORTH")

    me = Staff(admin.org, issued["token"]).me

    assert me["principal"] == {"id": made, "kind": "user", "name": "Ada"}
    assert me["org"] == {"id": admin.org.org_id, "code": admin.org.code}
    assert me["credential"] == {"id": issued["id"], "expires_at": issued["expires_at"]}
    assert [(one["code"], one["sub_org"]["code"]) for one in me["roles"]] == [("controller", "NORTH")]
    assert (
        me["permissions"]
        == sorted(me["roles"][0]["permissions"])
        == ["approve", "close-periods", "post", "read"]
    )


def test_changes_are_listed_with_who_made_them(admin: Staff) -> None:
    made = admin.hires("Ada")
    admin.must(admin.patch(f"/principals/{made}", {"name": "Ada B."}, '"v1"'))

    auditor = admin.org.get("/identity-changes?limit=2")
    last, first = auditor.json["data"]

    me = admin.me
    assert (last["action"], last["subject"]) == ("changed", {"kind": "principal", "id": made})
    assert (last["before"]["name"], last["after"]["name"]) == ("Ada", "Ada B.")
    assert (last["actor"], last["credential"]) == (me["principal"], me["credential"]["id"])
    assert first["action"] == "created"
    older = admin.org.get(f"/identity-changes?limit=2&cursor={auditor.json['next_cursor']}").json["data"]
    assert not {one["id"] for one in older} & {last["id"], first["id"]}
    assert older[0]["actor"]["name"] == "platform-operator"
