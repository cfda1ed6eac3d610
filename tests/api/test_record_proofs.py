"""Proofs of records over HTTP: a version is in the signed log, and names the one before it (V-21, V-22)."""

import base64
import json
from typing import Any

import pytest

from support import departments
from support.api_orgs import ApiOrg
from support.logs import when_signed
from support.staff import administrator
from velaurum.db.connection import Database
from velaurum.proofs import merkle, policies, tlog_proofs
from velaurum.proofs.tlog_proofs import TlogProof

BOLT = "/items/BOLT"


def rename(org: ApiOrg, path: str, *names: str) -> None:
    admin = administrator(org)
    for name in names:
        admin.must(admin.patch(path, {"name": name}, admin.get(path).headers["etag"]))


def proven(org: ApiOrg, path: str) -> tuple[TlogProof, Any]:
    """Ask for a proof, check it with what a verifier holds, and return it with its entry."""
    reply = when_signed(lambda: org.get(path))
    return checked(org, reply.body)


def checked(org: ApiOrg, text: bytes) -> tuple[TlogProof, Any]:
    proof = tlog_proofs.parse(text)
    assert proof.extra is not None
    policy = policies.parse(org.get("/log/status").json["policy"].encode())
    assert proof.verify(merkle.leaf_hash(proof.extra), policy).size > proof.index
    return proof, json.loads(proof.extra)


def paths_of_all(org: ApiOrg) -> dict[str, str]:
    admin = administrator(org)
    admin.must(admin.post("/sub-orgs", {"code": "STORES", "name": "Stores"}))
    admin.must(admin.post("/roles", {"code": "packer", "name": "Packer", "permissions": ["read"]}))
    principal = admin.hires()
    return {
        "item": BOLT,
        "location": "/locations/A",
        "sub-org": "/sub-orgs/STORES",
        "role": "/roles/packer",
        "principal": f"/principals/{principal}",
        "token": f"/tokens/{admin.issues(principal)['id']}",
    }


@pytest.mark.parametrize("noun", ["item", "location", "sub-org", "role", "principal", "token"])
def test_the_newest_version_of_every_noun_is_proven(noun: str, org: ApiOrg) -> None:
    path = paths_of_all(org)[noun]
    newest = org.get(f"{path}/history").json["data"][0]

    proof, entry = proven(org, f"{path}/proof")

    assert (entry["type"], entry["subject_id"]) == (f"change.{noun}", newest["record"]["id"])
    assert proof.index == entry["log_index"] == newest["log_index"]
    assert newest["leaf_hash"] == f"sha256:{merkle.leaf_hash(proof.extra or b'').hex()}"


def test_a_version_is_proven_by_its_number_its_size_or_its_instant(org: ApiOrg) -> None:
    rename(org, BOLT, "second", "third")
    third, second, first = org.get(f"{BOLT}/history").json["data"]

    for number, one in enumerate((first, second, third), 1):
        for query in (
            f"version={number}",
            f"at_size={one['log_index'] + 1}",
            f"as_of={one['valid_from']}",
            f"version={number}&at_size={one['log_index'] + 1}",
        ):
            proof, entry = proven(org, f"{BOLT}/proof?{query}")
            assert (proof.index, entry["row"]["name"]) == (one["log_index"], one["record"]["name"])
    assert proven(org, f"{BOLT}/proof")[0].index == third["log_index"]


def test_what_may_still_change_is_not_kept(org: ApiOrg) -> None:
    def caching(query: str) -> str:
        return when_signed(lambda: org.get(f"{BOLT}/proof{query}")).headers["cache-control"]

    assert caching("") == "private, no-cache"
    assert caching("?version=1") == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["version=2", "at_size=1", "version=1&at_size=1"])
def test_a_version_that_is_not_there_is_not_found(query: str, org: ApiOrg) -> None:
    assert org.get(f"{BOLT}/proof?{query}").refused == (404, "not-found")


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("version=0", (400, "invalid-field")),
        ("version=+1", (400, "invalid-field")),
        ("version=x", (400, "invalid-field")),
        ("at_size=100000", (400, "invalid-field")),
        ("index=1", (400, "unknown-parameter")),
    ],
)
def test_a_version_that_cannot_be_is_refused_by_name(
    query: str, refused: tuple[int, str], org: ApiOrg
) -> None:
    reply = org.get(f"{BOLT}/proof?{query}")

    assert reply.refused == refused


def test_a_token_counts_no_versions(org: ApiOrg) -> None:
    token = f"/tokens/{org.token_ids['storekeeper']}"

    assert org.get(f"{token}/proof?version=1").refused == (400, "unknown-parameter")
    created = org.get(f"{token}/history").json["data"][0]["log_index"]
    assert proven(org, f"{token}/proof?at_size={created + 1}")[0].index == created


def test_the_whole_history_is_checked_from_one_proof(org: ApiOrg) -> None:
    rename(org, BOLT, "second", "third")

    versions = _with_proofs(org, f"{BOLT}/history?proof=1")

    assert len(versions) == 3
    assert [one["proof"] is not None for one in versions] == [True, False, False]
    _require_chain(org, versions)


def test_each_page_of_a_history_is_checked_alone(org: ApiOrg) -> None:
    rename(org, BOLT, "second", "third")
    first = when_signed(lambda: org.get(f"{BOLT}/history?proof=1&limit=2")).json
    rest = when_signed(lambda: org.get(f"{BOLT}/history?proof=1&limit=2&cursor={first['next_cursor']}")).json

    for page in (first, rest):
        _require_chain(org, page["data"])
    assert first["data"][-1]["previous"] == rest["data"][0]["log_index"]


def test_a_gap_in_what_a_department_sees_has_a_proof_of_its_own(org: ApiOrg, api_door: Database) -> None:
    made_here = departments.create(org, api_door)
    south = made_here.within("SOUTH")
    made_here.location("MOVING", sub_org="SOUTH")
    for sub_org in ("NORTH", "SOUTH"):
        made_here.move_location("MOVING", sub_org)

    back, made = _with_proofs(south, "/locations/MOVING/history?proof=1")

    assert (back["record"]["version"], made["record"]["version"]) == (3, 1)
    assert None not in (back["proof"], made["proof"])
    assert back["previous"] != made["log_index"]
    _require_chain(org, [back])
    _require_chain(org, [made])
    assert south.get("/locations/MOVING/proof?version=2").refused == (404, "not-found")
    assert proven(south, "/locations/MOVING/proof?version=1")[1]["log_index"] == made["log_index"]


def test_without_asking_no_entry_and_no_proof_is_given(org: ApiOrg) -> None:
    for query in ("", "?proof=0"):
        (one,) = org.get(f"{BOLT}/history{query}").json["data"]
        assert (one["entry"], one["proof"]) == (None, None)
    assert org.get(f"{BOLT}/history?proof=yes").refused == (400, "invalid-field")


def _with_proofs(org: ApiOrg, path: str) -> list[Any]:
    found: list[Any] = when_signed(lambda: org.get(path)).json["data"]
    return found


def _require_chain(org: ApiOrg, versions: list[Any]) -> None:
    """Check versions, the newest first, with the first one's proof and what each entry says of the one before."""
    leaf = None
    for one in versions:
        entry = base64.b64decode(one["entry"])
        own = merkle.leaf_hash(entry)
        assert one["leaf_hash"] == f"sha256:{own.hex()}"
        if one["proof"] is not None:
            proof, _ = checked(org, one["proof"].encode())
            assert (proof.index, proof.extra) == (one["log_index"], entry)
        else:
            assert leaf == own
        said = json.loads(entry)
        assert said["log_index"] == one["log_index"]
        previous = said.get("prev")
        assert one["previous"] == (None if previous is None else previous["log_index"])
        leaf = None if previous is None else base64.b64decode(previous["leaf"])
