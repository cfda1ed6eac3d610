"""`velaurum witness` and `velaurum up --witnesses FILE` as processes: what one records the other cosigns (V-22)."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from support.command import Command, up
from support.http_client import Client, Reply
from support.logs import PATIENCE_S
from support.witnesses import running
from velaurum.proofs import merkle, policies, tlog_proofs

ITEM = {"code": "BOLT", "name": "Bolt"}
PLACE = {"code": "A", "name": "A", "kind": "storage"}
RECEIPT = {"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"}
NAME = "witness.example.org"


@dataclass(frozen=True, slots=True)
class Acme:
    """An organisation of a server, by its administrator and its storekeeper."""

    client: Client
    admin: str
    keeper: str

    def get(self, path: str) -> Reply:
        return self.client.get(f"/v1/orgs/acme{path}", token=self.admin)

    def post(self, path: str, body: Any, *, token: str = "") -> Any:
        reply = self.client.post(f"/v1/orgs/acme{path}", body, token=token or self.keeper, key=str(uuid4()))
        assert reply.status in (200, 201), reply
        return reply.json

    def when(self, path: str, holds: Callable[[Reply], bool]) -> Reply:
        """Return an answer once something holds of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(reply := self.get(path)):
            assert time.monotonic() < deadline, reply
            time.sleep(0.1)
        return reply


def test_a_real_witness_cosigns_what_a_real_server_records(command: Command, place: Path) -> None:
    with serving(command) as client:
        acme = founded(command, client)
        log_key = acme.get("/log/status").json["verifier_key"]

    with running(place / "witness", "--name", NAME, "--log", log_key) as witness:
        (place / "witnesses.txt").write_text(f"{witness.policy_line}\nquorum {NAME}\n")
        with serving(command, "--witnesses", str(place / "witnesses.txt")) as client:
            acme = Acme(client, acme.admin, acme.keeper)
            began = time.monotonic()
            moved = acme.post("/movements", RECEIPT)
            size = moved["log_index"] + 1

            status = acme.when(
                "/log/status", lambda reply: any(one["size"] >= size for one in reply.json["witnesses"])
            ).json
            waited_ms = (time.monotonic() - began) * 1000

            policy = policies.parse(status["policy"].encode())
            (cosigner,) = policy.witnesses.values()
            assert cosigner == witness.key
            assert [one["name"] for one in status["witnesses"]] == [NAME]
            assert _witnesses_of(acme, policy) == {NAME}
            proof = acme.when(
                f"/movements/{moved['id']}/proof",
                lambda reply: reply.status == 200 and "immutable" in reply.headers["cache-control"],
            )
            _require_witnessed(proof.body, policy)
            item = acme.get("/items/BOLT/proof?version=1")
            _require_witnessed(item.body, policy)
            newest = status["checkpoint"]
            assert newest["recorded_at"] == moved["recorded_at"]
            assert 0 <= newest["signed_after_ms"] <= newest["cosigned_after_ms"] <= waited_ms


def test_a_witness_that_does_not_know_the_log_is_not_quoted(command: Command, place: Path) -> None:
    with running(place / "witness", "--name", NAME) as witness:
        (place / "witnesses.txt").write_text(f"{witness.policy_line}\nquorum {NAME}\n")
        with serving(command, "--witnesses", str(place / "witnesses.txt")) as client:
            acme = founded(command, client)
            moved = acme.post("/movements", RECEIPT)

            proof = acme.when(f"/movements/{moved['id']}/proof", lambda reply: reply.status == 200)
            status = acme.get("/log/status").json

    assert proof.headers["cache-control"] == "private, no-cache"
    assert status["witnesses"] == []
    assert status["checkpoint"]["cosigned_after_ms"] is None


@contextmanager
def serving(command: Command, *words: str) -> Iterator[Client]:
    with (
        up(command, "--insecure-http", *words) as (_, line),
        closing(Client(line.removeprefix("ready ").strip())) as client,
    ):
        yield client


def founded(command: Command, client: Client) -> Acme:
    """Make an organisation in which something can be posted."""
    assert command("bootstrap", "--json").code == 0
    assert command("org", "create", "acme", "--region", "eu-west").code == 0
    admin, keeper = (
        command("token", "create", "--org", "acme", "--role", role, "--json").document["token"]
        for role in ("org-admin", "storekeeper")
    )
    acme = Acme(client, admin, keeper)
    acme.post("/items", ITEM, token=admin)
    acme.post("/locations", PLACE, token=admin)
    return acme


def _witnesses_of(acme: Acme, policy: policies.Policy) -> set[str]:
    return set(policy.verify(acme.get("/log/checkpoint").body).witnessed_at_s)


def _require_witnessed(text: bytes, policy: policies.Policy) -> None:
    """Check a proof under a policy whose quorum is the witness."""
    proof = tlog_proofs.parse(text)
    assert proof.extra is not None
    proof.verify(merkle.leaf_hash(proof.extra), policy)
