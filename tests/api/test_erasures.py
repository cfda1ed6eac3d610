"""Data subjects over HTTP: held, bundled, erased, once and for ever (V-09, V-25)."""

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.staff import Staff, administrator
from velaurum.db.connection import Database

HOLD = {"action": "place", "reason": "case 2026/117"}
RELEASE = {"action": "release", "reason": "case closed"}


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


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
