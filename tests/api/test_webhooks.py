"""Webhooks over HTTP: made and changed by an administrator of the whole organisation; a secret is shown once (V-06)."""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.departments import Departments
from support.http_client import Reply
from support.receivers import answering, receiving
from support.server_process import ServerProcess
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.outbound.networks import Networks
from velaurum.webhooks import signing_keys
from velaurum.webhooks.sending import Sender
from velaurum.worker.delivering import Deliverer, delivering
from webhooks.test_signatures import verify_ed25519

LEFT_BEHIND_S = 120.0
URL = "https://hooks.example.com/velaurum"
NEW: dict[str, Any] = {"code": "erp", "name": "ERP", "url": URL}


@pytest.fixture
def worker(cluster: embedded.Cluster, session_database_name: str, server: ServerProcess) -> Iterator[None]:
    """Send what is due, as the worker does: the server of these tests has none.

    What other tests left to be sent, of hundreds of organisations, is tried before.
    """
    conninfo = cluster.conninfo(user="velaurum_integrator", dbname=session_database_name)
    sender = Sender(signing_keys.load(server.data_dir), Networks(allows_loopback=True))
    before = Deliverer(Database(conninfo, max_connections=4), sender)
    before.send_for(LEFT_BEHIND_S)
    before.stop()
    with delivering(conninfo, sender):
        yield


def create(org: ApiOrg, key: str | None = None, **members: Any) -> Reply:
    return org.post("/webhooks", {**NEW, **members}, key=key, role="org-admin")


def change(org: ApiOrg, body: Any, etag: str | None = '"v1"') -> Reply:
    return org.patch("/webhooks/erp", body, etag)


def test_a_webhook_is_made_once_per_key_and_its_secret_is_shown_once(org: ApiOrg) -> None:
    made = create(org, "k1")
    again = create(org, "k1")

    assert (made.status, made.headers["etag"]) == (201, '"v1"')
    assert len(b64decode(made.json["secret"].removeprefix("whsec_"))) == 32
    assert (again.status, again.is_replayed) == (200, True)
    assert again.json == {**made.json, "secret": None}
    assert create(org, "k1", name="Other").refused == (422, "idempotency-key-reused")
    assert (create(org).refused, create(org).pointers) == ((409, "code-taken"), ["/code"])
    assert made.json["event_types"] == ["velaurum.movement.*"]


def test_what_is_read_of_a_webhook_has_no_secret(org: ApiOrg) -> None:
    made = create(org).json
    secret = made.pop("secret")

    for reply in (
        org.get("/webhooks/erp", role="org-admin"),
        org.get(f"/webhooks/{made['id']}", role="org-admin"),
    ):
        assert reply.json == made
    listed = org.get("/webhooks", role="org-admin")
    assert listed.json["data"] == [made]
    changed = change(org, {"name": "New"})
    for reply in (listed, changed, org.get("/identity-changes", role="org-admin")):
        assert secret.encode() not in reply.body
        assert b"whsec_" not in reply.body


@pytest.mark.parametrize(
    ("pointer", "members"),
    [
        *(("/code", {"code": code}) for code in ("", "Erp", "a", "a.b", "x" * 41)),
        *(("/name", {"name": name}) for name in ("", "x" * 121, "a\n")),
        *(
            ("/url", {"url": url})
            for url in (
                *("", "http://hooks.example.com", "hooks.example.com", "ftp://hooks.example.com/x"),
                *(
                    "https://a:b@hooks.example.com",
                    "https://hooks.example.com/#x",
                    "https://HOOKS.example.com",
                ),
                *(
                    "https://hooks.example.com:22",
                    "https://hooks.example.com:6379",
                    "https://hooks.example.com:0",
                ),
                *("http://10.0.0.1/x", "https://①②⑦.⓪.⓪.①", "https://x/" + "x" * 255),
            )
        ),
        *(("/event_types", {"event_types": types}) for types in ([], ["velaurum.item.*"] * 51)),
        *(
            ("/event_types/0", {"event_types": [one]})
            for one in (
                "",
                "*",
                "item.*",
                "velaurum.item",
                "velaurum.Item.*",
                "velaurum.item.*.v1",
                "x" * 300,
            )
        ),
        ("/secret", {"secret": "whsec_mine"}),
    ],
)
def test_what_cannot_be_a_webhook_is_refused(org: ApiOrg, pointer: str, members: Any) -> None:
    reply = create(org, **members)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])


def test_a_webhook_changes_by_version(org: ApiOrg) -> None:
    create(org)
    new = {"name": "New", "url": f"{URL}/2", "event_types": ["velaurum.item.*"]}

    changed = change(org, new)

    assert (changed.status, changed.headers["etag"]) == (200, '"v2"')
    assert {name: changed.json[name] for name in new} == new
    assert change(org, {"name": "x"}).refused == (412, "stale-version")
    assert change(org, {"name": "x"}, None).refused == (428, "precondition-required")
    assert change(org, {}, '"v2"').refused == (400, "invalid-field")
    off = change(org, {"is_disabled": True}, '"v2"').json
    assert (off["disabled_reason"], off["disabled_at"] is None) == ("by-hand", False)
    on = change(org, {"is_disabled": False}, '"v3"').json
    assert (on["disabled_reason"], on["disabled_at"]) == (None, None)


def test_a_new_secret_is_shown_once_and_the_one_before_goes_on_for_a_while(org: ApiOrg) -> None:
    made = create(org).json

    rotated = org.post("/webhooks/erp/secrets", {}, key="r1", role="org-admin")
    again = org.post("/webhooks/erp/secrets", {}, key="r1", role="org-admin")

    assert rotated.status == 201
    assert rotated.json["secret"] not in (made["secret"], None)
    assert (again.status, again.json["secret"]) == (200, None)
    new, old = rotated.json["keys"]
    assert (new["generation"], new["until"], old["generation"]) == (2, None, 1)
    assert old["public_key"] == made["keys"][0]["public_key"]
    assert old["until"] > rotated.json["updated_at"]
    at_once = org.post("/webhooks/erp/secrets", {"overlap": "0s"}, role="org-admin")
    assert [one["generation"] for one in at_once.json["keys"]] == [3]
    for overlap in ("8d", "1y", "", "-1d"):
        refused = org.post("/webhooks/erp/secrets", {"overlap": overlap}, role="org-admin")
        assert (refused.refused, refused.pointers) == ((400, "invalid-field"), ["/overlap"])


def test_nobody_who_reaches_departments_alone_may_have_the_whole_told(
    org: ApiOrg, api_door: Database
) -> None:
    create(org)
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    narrow = Departments(org, api_door, {}).within("STORES").tokens["org-admin"]

    def ask(method: str, path: str, body: Any = None, **more: Any) -> Reply:
        return org.client.ask(method, f"{org.path}/webhooks{path}", body, token=narrow, **more)

    assert ask("POST", "", {**NEW, "code": "mine"}, key="n1").refused == (403, "forbidden")
    assert ask("GET", "").refused == (403, "forbidden")
    assert ask("GET", "/erp").refused == (404, "not-found")
    assert ask("GET", "/erp/deliveries").refused == (404, "not-found")
    assert ask("POST", "/erp/tests", {}, key="n2").refused == (403, "forbidden")
    assert ask("POST", "/erp/secrets", {}, key="n3").refused == (403, "forbidden")


def ended(org: ApiOrg, delivery_id: str) -> Reply:
    """Wait until the newest attempt is told, and return what is shown."""
    deadline = time.monotonic() + 20
    path = f"/webhooks/erp/deliveries/{delivery_id}"
    while not (shown := org.get(path, role="org-admin")).json["attempt_log"]:
        assert time.monotonic() < deadline, shown
        time.sleep(0.02)
    return shown


@pytest.mark.usefixtures("worker")
def test_a_test_is_sent_seen_in_its_deliveries_and_asked_for_again(org: ApiOrg) -> None:
    with receiving() as receiver:
        made = create(org, url=receiver.url).json
        asked = org.post("/webhooks/erp/tests", {}, role="org-admin")
        (request,) = receiver.wait_for(1)
        ended(org, asked.json["id"])
        again = org.post(f"/webhooks/erp/deliveries/{asked.json['id']}/redeliveries", {}, role="org-admin")
        (_, second) = receiver.wait_for(2)

    verify_ed25519(dict(request.headers), request.body, made["keys"][0]["public_key"])
    assert (asked.status, again.status, request.id) == (201, 201, second.id)
    shown = org.get(f"/webhooks/erp/deliveries/{asked.json['id']}", role="org-admin").json
    assert json.loads(shown["body"]) == json.loads(request.body)
    assert [one["action"] for one in shown["acts"]] == ["redelivered", "tested"]
    assert org.get("/webhooks/erp/deliveries?delivery_state=dead", role="org-admin").json["data"] == []


@pytest.mark.usefixtures("worker")
def test_what_a_receiver_answered_is_shown_by_its_class_alone(org: ApiOrg, server: ServerProcess) -> None:
    told = b"answer-of-the-inside"
    with receiving(answering(500, told, X_Inside="header-of-the-inside")) as receiver:
        create(org, url=receiver.url)
        asked = org.post("/webhooks/erp/tests", {}, role="org-admin").json
        receiver.wait_for(1)
        shown = ended(org, asked["id"])

    (attempt,) = shown.json["attempt_log"]
    assert (attempt["status_class"], attempt["error_code"]) == (5, "answered-5xx")
    assert b"the-inside" not in shown.body
    assert "the-inside" not in server.log.read_text()


def test_a_disabled_webhook_is_told_nothing_and_asks_to_be_enabled(org: ApiOrg) -> None:
    create(org)
    change(org, {"is_disabled": True})

    assert org.post("/webhooks/erp/tests", {}, role="org-admin").refused == (409, "conflict")
