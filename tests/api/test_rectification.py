"""Rectifying over HTTP: a wrong name, login or attribute is changed with its history; a posted note is not (V-09)."""

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.directories import directory
from support.guests import Guest
from support.staff import Staff, administrator


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def _invited(org: ApiOrg, admin: Staff, principal: str, login: str) -> Guest:
    made = admin.must(admin.post(f"/principals/{principal}/invitations", {"login": login}))
    return Guest(org, principal, login, made["secret"])


def test_a_wrong_name_is_changed_and_the_history_has_the_one_before(admin: Staff) -> None:
    principal = admin.hires("Ada Biron")
    etag = admin.get(f"/principals/{principal}").headers["etag"]

    admin.must(admin.patch(f"/principals/{principal}", {"name": "Ada Byron"}, etag))

    assert admin.must(admin.get(f"/principals/{principal}"))["name"] == "Ada Byron"
    versions = admin.must(admin.get(f"/principals/{principal}/history"))["data"]
    assert [one["record"]["name"] for one in versions] == ["Ada Byron", "Ada Biron"]
    assert {one["actor"]["id"] for one in versions} == {admin.me["principal"]["id"]}


def test_a_wrong_login_is_replaced_by_an_invitation_with_the_right_one(org: ApiOrg, admin: Staff) -> None:
    principal = admin.hires()
    wrong = _invited(org, admin, principal, "ada.biron")
    assert wrong.redeem().status == 200

    right = _invited(org, admin, principal, "ada.byron")
    assert right.redeem().status == 200

    held = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]["passwords"]
    assert [(one["login"], one["revoked_at"] is None) for one in held] == [
        ("ada.biron", False),
        ("ada.byron", True),
    ]
    assert wrong.try_sign_in().status == 401


def test_a_wrong_attribute_is_put_right_by_the_directory_with_a_version(org: ApiOrg, admin: Staff) -> None:
    at_work = directory(org)
    user = at_work.hires(title="Foreman")["id"]

    at_work.must(at_work.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Forewoman"}))

    assert at_work.must(at_work.get(f"/Users/{user}"))["title"] == "Forewoman"
    assert len(admin.must(admin.get(f"/scim-users/{user}/history"))["data"]) == 2
    (link,) = admin.must(admin.get("/scim-users"))["data"]
    held = admin.must(admin.get(f"/principals/{link['principal']['id']}/bundle"))["held"]
    assert held["scim_users"][0]["attributes"]["title"] == "Forewoman"
    # Of attributes the history has digests alone: that something else was said, and no more what.
    former = {one["attributes_digest"] for one in held["former_values"] if "attributes_digest" in one}
    assert len(former) == 2


def test_a_wrong_note_is_reversed_and_posted_anew(org: ApiOrg) -> None:
    wrong = org.movement({**RECEIPT, "note": "broken by Ada"})

    reversal = org.post(f"/movements/{wrong['id']}/reversal", {"reason": "note was wrong"})
    right = org.movement({**RECEIPT, "note": "arrived broken"})

    assert reversal.status == 201
    assert reversal.json["reverses"] == wrong["id"]
    assert org.get(f"/movements/{wrong['id']}").json["note"] == "broken by Ada"
    assert org.get(f"/movements/{right['id']}").json["note"] == "arrived broken"
    assert org.on_hand() == RECEIPT["quantity"]
    edited = org.client.patch(
        f"{org.path}/movements/{wrong['id']}", {"note": "x"}, token=org.tokens["org-admin"], etag='"v1"'
    )
    assert edited.status == 405
