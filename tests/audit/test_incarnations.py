"""A database that comes back without what was signed takes no entry, until the operator says what was lost (V-20)."""

import base64
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.guests import Guest
from support.logs import when_signed
from support.rollbacks import Place, again, post_and_sign, signed
from support.staff import Staff, administrator
from velaurum.api.gate import CACHE_S
from velaurum.proofs import merkle, policies, promises, tiles, tlog_proofs
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.tiles import Bundle

READ_ONLY = (503, "read-only")
CHECK = "Every organisation's log takes entries"


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a directory in which an unprivileged database server can have its data directory."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-rollback-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_a_database_that_came_back_behind_is_read_only_until_it_is_taken_up_again(place: Place) -> None:
    with place.served() as client:
        org, other = place.new_org(client, is_first=True), place.new_org(client)
        before = post_and_sign(org, 2)
        post_and_sign(other, 1)
    place.copy_database()
    with place.served() as client:
        lost = post_and_sign(again(org, client), 3)
    place.put_back_database()

    with place.served() as client:
        org, other = again(org, client), again(other, client)
        _require_read_only(org)
        assert other.move(RECEIPT).status == 201
        status = org.get("/log/status").json
        assert (status["incarnation"], status["size"]) == (0, before.size)
        assert "came back behind" in status["held"]["reason"]
        found = place.check_up(CHECK)
        assert found["state"] == "failed"
        assert org.code in found["mend"]
        assert other.code not in found["mend"]
        verified = json.loads(place.command("verify", "db", "--org", org.code, "--json").stdout)
        assert [one["code"] for one in verified["findings"]] == ["behind-last-statement"]

        _reopen(place, org, lost.size, before.size)

        _require_taken_up(org, lost.size, before.size)
        verified = json.loads(place.command("verify", "db", "--org", org.code, "--json").stdout)
        assert verified["findings"] == []
        assert verified["ok"]
        (said,) = verified["notes"]
        assert f"entries {before.size} to {lost.size - 1} were lost before incarnation 1" in said
        assert place.check_up(CHECK)["state"] == "ok"

    with place.served() as client:
        assert again(org, client).move(RECEIPT).status == 201
        post_and_sign(again(org, client), 1, incarnation=1)


def test_a_database_with_another_history_of_the_same_size_is_held_too(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        before = post_and_sign(org, 2)
    place.copy_database()
    with place.served() as client:
        lost = post_and_sign(again(org, client), 2)
    place.put_back_database()
    with place.signed_elsewhere(), place.served() as client:
        for _ in range(2):
            again(org, client).movement(RECEIPT, quantity="7")

    with place.served() as client:
        org = again(org, client)
        assert org.log_size() == lost.size
        _require_read_only(org)
        assert "are not the" in org.get("/log/status").json["held"]["reason"]

        _reopen(place, org, lost.size, before.size)

        _require_taken_up(org, lost.size, lost.size)


def test_a_token_is_cut_off_while_the_log_is_held_and_its_revocation_follows(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        before = post_and_sign(org, 2)
    place.copy_database()
    with place.served() as client:
        lost = post_and_sign(again(org, client), 3)
    place.put_back_database()

    with place.served() as client:
        org, stolen = again(org, client), org.token_ids["controller"]
        revoke = ("token", "revoke", stolen, "--org", org.code)
        assert org.get("/items", role="controller").status == 200
        assert (
            org.client.ask(
                "POST", f"{org.path}/tokens/{stolen}/revocation", token=org.tokens["org-admin"]
            ).refused
            == READ_ONLY
        )

        said = place.command(*revoke, "--json").document

        assert said == {"id": stolen, "revoked": True, "is_recorded": False}
        time.sleep(CACHE_S)
        assert org.get("/items", role="controller").status == 401
        assert org.get("/items").status == 200
        assert org.log_size() == before.size
        _reopen(place, org, lost.size, before.size)
        newest, created = org.get(f"/tokens/{stolen}/history").json["data"]
        assert (newest["action"], newest["log_index"]) == ("revoked", before.size + 1)
        assert created["action"] == "created"
        assert place.command(*revoke).code == 3
        signed(org, before.size + 2, incarnation=1)
        # The meta-log came back behind too, if it had a leaf by then; it is taken up again by itself.
        found = json.loads(place.command("verify", "db", "--json").stdout)["findings"]
        assert [one for one in found if one.get("org") is not None] == []


def test_a_person_is_cut_off_while_the_log_is_held_and_disabled_after(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        admin = administrator(org)
        ada, bob = (invited(org, admin, name) for name in ("ada", "bob"))
        for one in (ada, bob):
            assert one.redeem().status == 200
        sessions = {one.login: (one.sign_in(), one.sign_in()) for one in (ada, bob)}
        token = admin.issues(ada.principal_id, "auditor")["token"]
        before = post_and_sign(org, 2)
    place.copy_database()
    with place.served() as client:
        lost = post_and_sign(again(org, client), 3)
    place.put_back_database()

    with place.served() as client:
        org = again(org, client)
        cut = ("principal", "cut-off", ada.principal_id, "--org", org.code)
        for one in (ada, bob):
            one.org = org
        of = {name: [replace(one, org=org) for one in found] for name, found in sessions.items()}
        assert all(one.ask("GET", "/session").status == 200 for found in of.values() for one in found)

        assert place.command(*cut, "--json").document == {"id": ada.principal_id, "is_cut_off": True}

        time.sleep(CACHE_S)
        assert [one.ask("GET", "/session").status for one in of["ada"]] == [401, 401]
        assert client.get(f"{org.path}/items", token=token).status == 401
        assert ada.try_sign_in().status == 401
        assert [one.ask("GET", "/session").status for one in of["bob"]] == [200, 200]
        assert bob.try_sign_in().status == 200
        assert org.log_size() == before.size
        _reopen(place, org, lost.size, before.size)
        (newest, *_) = org.get(f"/principals/{ada.principal_id}/history").json["data"]
        assert newest["action"] == "disabled"
        assert before.size < newest["log_index"] < org.log_size()
        assert ada.try_sign_in().status == 401
        assert place.command(*cut).code == 5
        signed(org, org.log_size(), incarnation=1)
        found = json.loads(place.command("verify", "db", "--json").stdout)["findings"]
        assert [one for one in found if one.get("org") is not None] == []


def invited(org: ApiOrg, admin: Staff, login: str) -> Guest:
    principal = admin.hires(login)
    made = admin.must(admin.post(f"/principals/{principal}/invitations", {"login": login}))
    return Guest(org, principal, login, made["secret"])


def test_a_log_that_is_not_held_is_not_opened_anew(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        post_and_sign(org, 1)

        for words in (["--yes"], []):
            result = place.command("log", "reopen", org.code, "--reason", "to be sure", *words)
            assert result.code != 0

        assert org.get("/log/status").json["incarnations"] == []


def _require_read_only(org: ApiOrg) -> None:
    """Every kind of write is refused, and reads go on."""
    size = org.log_size()
    item = org.get(f"/items/{org.ids['BOLT']}")
    refused = [
        org.move(RECEIPT),
        org.post("/movements/batch", {"mode": "independent", "movements": [_row()]}, key=""),
        org.post("/items", {"code": "NUT", "name": "Nut"}, role="org-admin"),
        org.patch(f"/items/{org.ids['BOLT']}", {"name": "Other"}, item.headers["etag"]),
        org.post("/principals", {"name": "Ada", "kind": "user"}, role="org-admin"),
    ]
    assert [reply.refused for reply in refused] == [READ_ONLY] * len(refused)
    assert {reply.headers["retry-after"] for reply in refused} == {"60"}
    assert org.log_size() == size
    assert item.status == org.get("/movements").status == org.get("/log/checkpoint").status == 200


def _row() -> dict[str, str]:
    return {**RECEIPT, "idempotency_key": "of-a-batch"}


def _reopen(place: Place, org: ApiOrg, lost_size: int, common_size: int) -> None:
    asked = ("log", "reopen", org.code, "--reason", "restored a copy", "--json")
    assert "--yes" in place.command(*asked).stderr
    assert org.move(RECEIPT).refused == READ_ONLY
    result = place.command(*asked, "--yes")
    opened = result.document
    assert (opened["number"], opened["lost_size"], opened["common_size"]) == (1, lost_size, common_size)
    assert opened["lost_root"] in result.stderr


def _require_taken_up(org: ApiOrg, lost_size: int, size: int) -> None:
    """Hold the log to going on under its next name, over what was there and an entry that says what was lost."""
    posted = org.post("/movements", RECEIPT, key="after")
    assert posted.status == 201, posted
    checkpoint = signed(org, posted.json["log_index"] + 1, incarnation=1)
    status = org.get("/log/status").json
    assert (status["held"], status["incarnation"], status["origin"]) == (None, 1, checkpoint.origin)
    (opened,) = status["incarnations"]
    key = VerifierKey.parse(status["promise_key"])
    promise = promises.open_signed(base64.b64decode(posted.headers["velaurum-promise"]), [key])
    assert promise.origin == checkpoint.origin

    entries = [
        entry
        for bundle in tiles.bundles_of(checkpoint.size)
        for entry in tiles.decode_bundle(bundle, _file(org, bundle))
    ]
    assert merkle.root([merkle.leaf_hash(entry) for entry in entries]) == checkpoint.root
    first = json.loads(entries[size])
    assert (first["type"], first["log_index"]) == ("change.incarnation", size)
    said = {name: first["row"][name] for name in ("number", "lost_size", "lost_root", "common_size", "size")}
    assert said == {name: opened[name] for name in said}
    assert (said["number"], said["lost_size"], said["size"]) == (1, lost_size, size)
    assert [json.loads(entry)["type"] for entry in entries].count("change.incarnation") == 1

    policy = policies.parse(status["policy"].encode())
    for movement in org.get("/movements").json["data"]:
        proof = tlog_proofs.parse(
            when_signed(lambda id_=movement["id"]: org.get(f"/movements/{id_}/proof")).body
        )
        assert proof.extra is not None
        proof.verify(merkle.leaf_hash(proof.extra), policy)


def _file(org: ApiOrg, bundle: Bundle) -> bytes:
    reply = org.get(f"/log/{bundle.path}")
    assert reply.status == 200, reply
    return reply.body
