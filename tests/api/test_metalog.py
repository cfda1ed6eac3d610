"""The meta-log over HTTP: an organisation's checkpoint leads into it, and nobody learns whose the others are (V-22)."""

import base64
from collections.abc import Iterator
from contextlib import closing

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.logs import when_signed
from support.server_process import ServerProcess
from velaurum.db.connection import Database
from velaurum.proofs import checkpoints, merkle, metalog, notes, policies, tiles, tlog_proofs
from velaurum.proofs.tiles import Bundle, Tile


@pytest.fixture(scope="module")
def anchored(server: ServerProcess, api_door: Database) -> Iterator[list[ApiOrg]]:
    """Make two organisations whose logs are in the meta-log."""
    with closing(Client(server.url)) as client:
        made = [api_orgs.create(api_door, client) for _ in range(2)]
        for one in made:
            one.movement(RECEIPT)
        for one in made:
            when_signed(lambda one=one: one.get("/log/meta"))
        yield made


@pytest.fixture
def org(anchored: list[ApiOrg]) -> ApiOrg:
    return anchored[0]


@pytest.fixture
def other_org(anchored: list[ApiOrg]) -> ApiOrg:
    return anchored[1]


def test_a_log_leads_into_the_meta_log(org: ApiOrg) -> None:
    bundle = org.get("/log/meta").json

    policy = policies.parse(org.get("/log/status").json["policy"].encode())
    signed, note = checkpoints.open_signed(bundle["checkpoint"].encode(), policy.logs)
    assert (signed.size, signed.origin) == (bundle["size"], org.get("/log/status").json["origin"])
    leaf = merkle.leaf_hash(metalog.entry(base64.b64decode(bundle["salt"]), note.text))
    proof = tlog_proofs.parse(bundle["proof"].encode())
    said = proof.verify(leaf, policy)
    assert proof.index == bundle["leaf_index"] < said.size
    assert metalog.covers(said.origin, signed.origin)


def test_the_files_of_the_meta_log_make_the_root_that_was_signed(org: ApiOrg) -> None:
    bundle = org.get("/log/meta").json
    note = org.get("/log/meta/checkpoint").body
    said = checkpoints.parse(notes.parse(note).text)

    tree = tiles.CheckedTiles(said.size, said.root, lambda tile: _file(org, tile))
    entries = [
        entry for one in tiles.bundles_of(said.size) for entry in tiles.decode_bundle(one, _file(org, one))
    ]

    assert merkle.root([merkle.leaf_hash(one) for one in entries]) == said.root
    assert tree.node(0, bundle["leaf_index"]) == merkle.leaf_hash(entries[bundle["leaf_index"]])


def test_an_organisation_is_shown_the_way_from_its_own_log_alone(org: ApiOrg, other_org: ApiOrg) -> None:
    here, there = (one.get("/log/meta").json for one in (org, other_org))

    assert here["leaf_index"] != there["leaf_index"]
    assert here["salt"] != there["salt"]
    entries = _file(org, Bundle(there["leaf_index"] // 256, there["leaf_index"] % 256 + 1))
    for told in (other_org.org_id.encode(), there["checkpoint"].encode()[:60]):
        assert told not in entries


@pytest.mark.parametrize(
    "path", ["/tile/0/999", "/tile/9/000", "/tile/0/0", "/tile/entries/999", "/tile/entries/000.p/256"]
)
def test_what_is_not_there_is_not_found(org: ApiOrg, path: str) -> None:
    assert org.get(f"/log/meta{path}").refused == (404, "not-found")


def test_whoever_may_read_nothing_reads_nothing_of_it(org: ApiOrg) -> None:
    for path in ("", "/checkpoint", "/tile/0/000", "/tile/entries/000"):
        assert org.client.ask("GET", f"{org.path}/log/meta{path}").refused == (401, "unauthenticated")


def _file(org: ApiOrg, which: Bundle | Tile) -> bytes:
    reply = org.get(f"/log/meta/{which.path}")
    assert reply.status == 200, reply
    assert reply.headers["cache-control"] == "private, max-age=31536000, immutable"
    return reply.body
