"""Movements that name a record in one of their fields: alone, in a batch, and in a stream."""

import json
from collections.abc import Callable
from uuid import uuid4

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Reply
from support.movement_streams import line, streamed


def movement(field: str) -> Callable[[ApiOrg, str], Reply]:
    body = {"kind": "transfer", "item": "BOLT", "quantity": "1", "source": "A", "target": "B"}
    return lambda org, named: org.post("/movements", {**body, field: named})


def in_batch(org: ApiOrg, named: str) -> Reply:
    rows = [{**RECEIPT, "idempotency_key": str(uuid4())}, {**ISSUE, "item": named, "idempotency_key": "x"}]
    reply = org.post("/movements/batch", {"mode": "independent", "movements": rows}, key="")
    assert [one["status"] for one in reply.json["results"]] == [201, 400]
    # What was posted differs from call to call.
    return Reply(reply.status, {}, json.dumps(reply.json["results"][1]).encode())


def in_stream(org: ApiOrg, named: str) -> Reply:
    reply = streamed(org, line(str(uuid4()), {**ISSUE, "item": named}))
    return Reply(reply.json["status"], reply.headers, reply.body)
