"""Webhooks of an organisation over HTTP: what each of their operations answers, and where each takes an identifier."""

from typing import Any
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.logs import when_signed
from support.places import Place

NEW = {"code": "erp", "name": "ERP", "url": "https://hooks.invalid/velaurum"}


def webhook_answers(org: ApiOrg) -> dict[str, Reply]:
    """Ask every operation of webhooks for an answer of success."""
    made = org.post("/webhooks", NEW, role="org-admin")
    tested = org.post("/webhooks/erp/tests", {}, role="org-admin")
    path = f"/webhooks/erp/deliveries/{tested.json['id']}"
    return {
        "createWebhook": made,
        "getWebhook": org.get("/webhooks/erp", role="org-admin"),
        "listWebhooks": org.get("/webhooks", role="org-admin"),
        "listWebhookVersions": org.get("/webhooks/erp/history"),
        "getWebhookProof": when_signed(lambda: org.get("/webhooks/erp/proof")),
        "testWebhook": tested,
        "listDeliveries": org.get("/webhooks/erp/deliveries", role="org-admin"),
        "redeliver": org.post(f"{path}/redeliveries", {}, role="org-admin"),
        "getDelivery": org.get(path, role="org-admin"),
        "rotateWebhookSecret": org.post("/webhooks/erp/secrets", {"overlap": "1h"}, role="org-admin"),
        "changeWebhook": org.patch("/webhooks/erp", {"is_disabled": True}, '"v2"'),
    }


def told_by(org: ApiOrg) -> dict[str, str]:
    """Make a webhook, and a delivery of it; return their ids."""
    tested = org.post(f"{own_webhook(org)}/tests", {}, role="org-admin").json
    return {"webhook": tested["endpoint_id"], "delivery": tested["id"]}


def own_webhook(org: ApiOrg) -> str:
    """Make a webhook of the organisation's own, and return its path."""
    code = f"hook-{uuid4().hex[:8]}"
    assert org.post("/webhooks", {**NEW, "code": code}, role="org-admin").status == 201
    return f"/webhooks/{code}"


def _get(org: ApiOrg, path: str) -> Reply:
    return org.get(path, role="org-admin")


def _post(org: ApiOrg, path: str) -> Reply:
    return org.post(path, {}, role="org-admin")


def _change(org: ApiOrg, named: str) -> Any:
    return org.patch(f"/webhooks/{named}", {"name": "mine"}, '"v1"')


WEBHOOKS = {
    "GET webhooks/{webhook}": Place("webhook", lambda org, named: _get(org, f"/webhooks/{named}")),
    "GET webhooks/{webhook}/history": Place(
        "webhook", lambda org, named: org.get(f"/webhooks/{named}/history")
    ),
    "GET webhooks/{webhook}/proof": Place("webhook", lambda org, named: org.get(f"/webhooks/{named}/proof")),
    "PATCH webhooks/{webhook}": Place("webhook", _change),
    "POST webhooks/{webhook}/secrets": Place(
        "webhook", lambda org, named: _post(org, f"/webhooks/{named}/secrets")
    ),
    "POST webhooks/{webhook}/tests": Place(
        "webhook", lambda org, named: _post(org, f"/webhooks/{named}/tests")
    ),
    "GET webhooks/{webhook}/deliveries": Place(
        "webhook", lambda org, named: _get(org, f"/webhooks/{named}/deliveries")
    ),
    "GET webhooks/{webhook}/deliveries/{delivery}": Place(
        "delivery", lambda org, named: _get(org, f"{own_webhook(org)}/deliveries/{named}")
    ),
    "POST webhooks/{webhook}/deliveries/{delivery}/redeliveries": Place(
        "delivery", lambda org, named: _post(org, f"{own_webhook(org)}/deliveries/{named}/redeliveries")
    ),
}
