"""The log over HTTP: a movement is recorded, then proven, and anyone can check it without us (V-22)."""

import base64
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from support import api_orgs, departments
from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.logs import PATIENCE_S, when_signed
from support.server_process import ServerProcess
from velaurum.db.connection import Database
from velaurum.proofs import checkpoints, merkle, policies, promises, tiles, tlog_proofs
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.policies import Policy
from velaurum.proofs.tiles import Bundle, Tile

TRANSFER = {"kind": "transfer", "item": "BOLT", "quantity": "1"}


@pytest.fixture(scope="module")
def signed_org(server: ServerProcess, api_door: Database) -> Iterator[ApiOrg]:
    """Make an organisation whose log is signed, to read."""
    with closing(Client(server.url)) as client:
        made = api_orgs.create(api_door, client)
        _signed(made, made.movement(RECEIPT)["log_index"] + 1)
        yield made


def test_a_movement_is_proven_within_seconds(org: ApiOrg) -> None:
    moved = org.movement(RECEIPT)

    reply = when_signed(lambda: org.get(f"/movements/{moved['id']}/proof"))

    proof = tlog_proofs.parse(reply.body)
    assert proof.extra is not None
    leaf = merkle.leaf_hash(proof.extra)
    assert proof.verify(leaf, _policy(org)).size > moved["log_index"] == proof.index
    assert moved["leaf_hash"] == f"sha256:{leaf.hex()}"
    assert len(reply.body) < 3_000
    assert reply.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_a_proof_tells_of_both_places_and_is_for_who_reaches_both(org: ApiOrg, api_door: Database) -> None:
    made = departments.create(org, api_door)
    departments.stock(made)
    across = org.movement(TRANSFER, source="S", target="N1")
    within = org.movement(TRANSFER, source="N1", target="N2")
    received = org.movement(RECEIPT, target="N1")
    when_signed(lambda: org.get(f"/movements/{received['id']}/proof"))
    first, north, south = (made.within(code) for code in ("NORTH-1", "NORTH", "SOUTH"))

    for seen, by in ((across, first), (across, south), (within, first)):
        assert by.get(f"/movements/{seen['id']}").status == 200
        assert by.get(f"/movements/{seen['id']}/proof").refused == (403, "forbidden")
    assert south.get(f"/movements/{within['id']}/proof").refused == (404, "not-found")
    for reached, by in ((across, org), (within, north), (received, first)):
        proof = tlog_proofs.parse(by.get(f"/movements/{reached['id']}/proof").body)
        assert proof.index == reached["log_index"]


def test_the_files_of_the_log_make_the_root_that_was_signed(org: ApiOrg) -> None:
    moved = [org.movement(RECEIPT, quantity=str(n)) for n in range(1, 4)]
    signed = _signed(org, moved[-1]["log_index"] + 1)

    entries = [
        entry
        for bundle in tiles.bundles_of(signed.size)
        for entry in tiles.decode_bundle(bundle, _file(org, bundle))
    ]

    assert merkle.root([merkle.leaf_hash(entry) for entry in entries]) == signed.root
    tree = tiles.CheckedTiles(signed.size, signed.root, lambda tile: _file(org, tile))
    last = moved[-1]["log_index"]
    assert tree.node(0, last) == merkle.leaf_hash(entries[last])
    assert bytes.fromhex(moved[-1]["leaf_hash"].removeprefix("sha256:")) == tree.node(0, last)


def test_a_later_log_is_shown_to_extend_an_earlier_one(org: ApiOrg) -> None:
    earlier = _signed(org, org.movement(RECEIPT)["log_index"] + 1)
    later = _signed(org, org.movement(RECEIPT)["log_index"] + 1)

    proof = org.get(f"/log/consistency?from={earlier.size}&to={later.size}").json

    hashes = [base64.b64decode(one) for one in proof["hashes"]]
    merkle.verify_consistency(earlier.size, earlier.root, later.size, later.root, hashes)


def test_the_status_says_how_far_the_log_is(org: ApiOrg) -> None:
    moved = org.movement(RECEIPT)
    signed = _signed(org, moved["log_index"] + 1)

    status = org.get("/log/status").json

    assert status["origin"] == signed.origin
    assert (status["size"], status["checkpoint"]["size"]) == (moved["log_index"] + 1, signed.size)
    assert status["recorded_at"] == moved["recorded_at"] < status["checkpoint"]["signed_at"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/log/tile/0/000",
            "/log/tile/0/001.p/1",
            "/log/tile/1/000.p/1",
            "/log/tile/0/0",
            "/log/tile/64/000",
        ),
        *(
            "/log/tile/entries/000",
            "/log/tile/entries/x000/001",
            "/log/tile/0/000.p/256",
            "/log/tile/0/../000",
        ),
    ],
)
def test_what_was_not_signed_is_not_there(signed_org: ApiOrg, path: str) -> None:
    assert signed_org.get(path).refused == (404, "not-found")


@pytest.mark.parametrize("query", ["from=0", "from=2&to=1", "from=1&to=1000000", "from=x", "to=0"])
def test_a_size_that_cannot_be_is_refused_by_name(signed_org: ApiOrg, query: str) -> None:
    assert signed_org.get(f"/log/consistency?{query}").refused == (400, "invalid-field")


def test_entries_take_the_permission_to_read_who_did_what(signed_org: ApiOrg) -> None:
    assert signed_org.get("/log/tile/entries/000.p/1", role="storekeeper").refused == (403, "forbidden")
    assert signed_org.get("/log/tile/0/000.p/1", role="storekeeper").status == 200


def test_an_answer_carries_a_promise_that_is_kept(org: ApiOrg) -> None:
    key = VerifierKey.parse(org.get("/log/status").json["promise_key"])

    reply = org.move(RECEIPT)

    moved = reply.json
    promise = promises.open_signed(base64.b64decode(reply.headers["velaurum-promise"]), [key])

    signed = _signed(org, moved["log_index"] + 1)
    tree = tiles.CheckedTiles(signed.size, signed.root, lambda tile: _file(org, tile))
    assert promise.origin == signed.origin
    assert promise.leaves == ((moved["log_index"], tree.node(0, moved["log_index"])),)
    recorded_at, due_at = map(datetime.fromisoformat, (moved["recorded_at"], promise.due_at))
    assert due_at - recorded_at == timedelta(seconds=60)


def test_a_repeat_is_answered_with_the_same_promise(org: ApiOrg) -> None:
    first, again = (org.move(RECEIPT, key="once") for _ in range(2))

    assert again.json == first.json
    assert again.headers["velaurum-promise"] == first.headers["velaurum-promise"]


def test_a_batch_carries_one_promise_of_all_that_stand(org: ApiOrg) -> None:
    rows = [{**RECEIPT, "idempotency_key": f"row-{n}"} for n in range(3)] + [
        {**RECEIPT, "item": "NONE", "idempotency_key": "none"}
    ]
    key = VerifierKey.parse(org.get("/log/status").json["promise_key"])

    answer = org.post("/movements/batch", {"mode": "independent", "movements": rows}).json

    stand = [one["movement"] for one in answer["results"] if "movement" in one]
    promise = promises.open_signed(answer["promise"].encode(), [key])
    assert [index for index, _ in promise.leaves] == [one["log_index"] for one in stand]
    assert [f"sha256:{leaf.hex()}" for _, leaf in promise.leaves] == [one["leaf_hash"] for one in stand]


def test_whoever_prefers_to_wait_gets_the_proof_with_the_answer(org: ApiOrg) -> None:
    policy = _policy(org)

    reply = org.post("/movements", RECEIPT, headers=[("Prefer", "respond-async, wait=proof")])

    assert (reply.status, reply.headers["preference-applied"]) == (201, "wait=proof")
    proof = tlog_proofs.parse(reply.json["proof"].encode())
    proof.verify(bytes.fromhex(reply.json["leaf_hash"].removeprefix("sha256:")), policy)
    row = {name: value for name, value in reply.json.items() if name != "proof"}
    assert org.get(f"/movements/{reply.json['id']}").json == row


def _policy(org: ApiOrg) -> Policy:
    return policies.parse(org.get("/log/status").json["policy"].encode())


def _signed(org: ApiOrg, size: int) -> Checkpoint:
    """Wait for a checkpoint of at least `size` entries, and verify it."""
    key = _policy(org).logs
    deadline = time.monotonic() + PATIENCE_S
    while True:
        reply = when_signed(lambda: org.get("/log/checkpoint"))
        found, _ = checkpoints.open_signed(reply.body, key)
        if found.size >= size:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _file(org: ApiOrg, which: Tile | Bundle) -> bytes:
    reply = org.get(f"/log/{which.path}")
    assert reply.status == 200, reply
    return reply.body
