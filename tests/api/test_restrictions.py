"""Restricted people over HTTP: kept, and shown on no road but in their bundle (GDPR, article 18; V-09)."""

from contextlib import closing

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Reply
from support.server_process import ServerProcess
from support.staff import Staff, administrator
from velaurum.audit import disclosures
from velaurum.config import Settings
from velaurum.exchange import org_pages
from velaurum.keys import opening

PLACE = {"action": "place", "reason": "accuracy contested, ticket 88"}
LIFT = {"action": "lift", "reason": "accuracy verified"}
NOTE = "left at gate 4"


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def _writes(org: ApiOrg, admin: Staff, principal: str, key: str = "k1") -> str:
    """Let a person post a noted movement, and return its id."""
    token = admin.issues(principal)["token"]
    posted = org.client.post(f"{org.path}/movements", {**RECEIPT, "note": NOTE}, token=token, key=key)
    made: str = admin.must(posted)["id"]
    return made


def _shown(reply: Reply) -> tuple[object, ...]:
    movement = reply.json
    return movement["note"], movement["actor"]["name"], movement["restricted"]


def test_a_restricted_persons_note_is_withheld_until_the_restriction_is_lifted(
    org: ApiOrg, admin: Staff
) -> None:
    principal = admin.hires("Ada Byron")
    movement = _writes(org, admin, principal)
    path = f"/principals/{principal}/restriction"

    placed = admin.must(admin.post(path, PLACE))
    again = admin.must(admin.post(path, PLACE))

    assert again == placed
    assert placed["is_restricted"]
    withheld = (None, principal, ["actor.name", "note"])
    assert _shown(org.get(f"/movements/{movement}")) == withheld
    assert _shown(admin.get(f"/movements/{movement}")) == withheld
    listed = org.get("/movements")
    assert [one["restricted"] for one in listed.json["data"]] == [["actor.name", "note"]]
    assert b"Ada" not in listed.body
    assert NOTE.encode() not in listed.body
    lifted = admin.must(admin.post(path, LIFT))
    assert not lifted["is_restricted"]
    assert [(one["action"], one["reason"]) for one in lifted["steps"]] == [
        ("placed", PLACE["reason"]),
        ("lifted", LIFT["reason"]),
    ]
    assert _shown(org.get(f"/movements/{movement}")) == (NOTE, "Ada Byron", [])


def test_what_others_wrote_and_what_has_no_note_is_as_it_was(org: ApiOrg, admin: Staff) -> None:
    restricted, other = admin.hires("Ada"), admin.hires("Bob")
    by_other = _writes(org, admin, other)
    token = admin.issues(restricted)["token"]
    bare = admin.must(org.client.post(f"{org.path}/movements", RECEIPT, token=token, key="bare"))
    admin.must(admin.post(f"/principals/{restricted}/restriction", PLACE))

    assert _shown(org.get(f"/movements/{by_other}")) == (NOTE, "Bob", [])
    assert _shown(org.get(f"/movements/{bare['id']}")) == (None, restricted, ["actor.name"])


def test_histories_have_the_id_of_a_restricted_person_for_a_name(org: ApiOrg, admin: Staff) -> None:
    principal = admin.hires("Ada Byron")
    token = admin.issues(principal, role="org-admin")["token"]
    made = org.client.post(f"{org.path}/items", {"code": "NUT", "name": "Nut"}, token=token, key="nut")
    assert made.status == 201, made
    admin.must(admin.post(f"/principals/{principal}/restriction", PLACE))

    (version,) = org.get("/items/NUT/history").json["data"]

    assert (version["actor"]["id"], version["actor"]["name"]) == (principal, principal)


def test_the_bundle_has_what_is_restricted_and_that_it_is(org: ApiOrg, admin: Staff) -> None:
    principal = admin.hires("Ada")
    movement = _writes(org, admin, principal)
    admin.must(admin.post(f"/principals/{principal}/restriction", PLACE))

    held = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]

    assert [(one["movement"], one["note"]) for one in held["notes"]] == [(movement, NOTE)]
    assert [(one["action"], one["reason"]) for one in held["restrictions"]] == [("placed", PLACE["reason"])]


def test_exports_leave_a_restricted_persons_notes_out_and_say_whose(
    org: ApiOrg, admin: Staff, server: ServerProcess, api_database: str
) -> None:
    restricted, other = admin.hires("Ada"), admin.hires("Bob")
    _writes(org, admin, restricted)
    theirs = org.get(f"/movements/{_writes(org, admin, other, 'k2')}").json["log_index"]
    admin.must(admin.post(f"/principals/{restricted}/restriction", PLACE))
    size = org.log_size()

    with (
        closing(opening.opened(Settings(server.data_dir), api_database)) as keyring,
        keyring.database.installation() as outside,
    ):
        tx = outside.within(org.org_id)
        opened = [*disclosures.opened(tx, org.org_id, keyring, size)]
        (step,) = org_pages.restrictions(tx, org.org_id, "infinity", None)
        withdrawals = org_pages.withdrawals(tx, org.org_id)

    assert [one.log_index for one in opened if one.name == "note"] == [theirs]
    assert (step.principal_id, step.action, withdrawals) == (restricted, "placed", 1)


def test_who_is_restricted_is_erased_all_the_same(org: ApiOrg, admin: Staff) -> None:
    principal = admin.hires("Ada")
    movement = _writes(org, admin, principal)
    admin.must(admin.post(f"/principals/{principal}/restriction", PLACE))
    admin.must(admin.post(f"/principals/{principal}/disabling"))

    assert admin.post(f"/principals/{principal}/erasure").status == 201
    assert _shown(org.get(f"/movements/{movement}")) == (None, principal, ["actor.name"])


def test_a_service_is_not_restricted_and_only_who_manages_people_restricts(org: ApiOrg, admin: Staff) -> None:
    service, person = admin.hires("scanner", "service"), admin.hires("Ada")

    refused = admin.post(f"/principals/{service}/restriction", PLACE)
    forbidden = org.post(f"/principals/{person}/restriction", PLACE, role="storekeeper")

    assert refused.refused == (409, "conflict")
    assert forbidden.refused == (403, "forbidden")
    bare = {**PLACE, "reason": ""}
    assert admin.post(f"/principals/{person}/restriction", bare).refused == (400, "invalid-field")
