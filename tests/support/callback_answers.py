"""Integration jobs over HTTP: asked for by an organisation, taken in hand and ended by whoever has the secret."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.api_orgs import ApiOrg
from support.http_client import Client, Reply
from support.places import Place

HEADER = "Velaurum-Callback-Secret"
NEW: dict[str, Any] = {"kind": "print-label", "payload": {"copies": 2, "of": ["A", None, {"b": True}]}}
DONE: dict[str, Any] = {"outcome": "succeeded", "result": {"printed": 2}}


@dataclass(frozen=True, slots=True)
class Outside:
    """An outside system that was given one job: where to call back, and the secret."""

    job_id: str
    secret: str
    path: str

    def take(self, client: Client, secret: str | None = None) -> Reply:
        return client.get(self.path, headers=self._headers(secret))

    def end(self, client: Client, said: Any = None, secret: str | None = None) -> Reply:
        return client.post(self.path, said or DONE, headers=self._headers(secret))

    def _headers(self, secret: str | None) -> list[tuple[str, str]]:
        return [(HEADER, self.secret if secret is None else secret)]


def ask(org: ApiOrg, *, key: str | None = None, role: str = "storekeeper", **members: Any) -> Reply:
    return org.post("/integration-jobs", {**NEW, **members}, key=key, role=role)


def hand_out(org: ApiOrg, **members: Any) -> Outside:
    """Ask for a job that must be made, and hand it to an outside system."""
    made = ask(org, **members)
    assert made.status == 201, made
    return Outside(made.json["id"], made.json["secret"], made.json["callback"])


def acted(org: ApiOrg, job_id: str, action: str, role: str = "storekeeper") -> Reply:
    return org.client.ask("POST", f"{org.path}/integration-jobs/{job_id}/{action}", token=org.tokens[role])


def read(org: ApiOrg, job_id: str) -> Any:
    reply = org.get(f"/integration-jobs/{job_id}")
    assert reply.status == 200, reply
    return reply.json


def callback_answers(org: ApiOrg) -> dict[str, Reply]:
    """Ask every operation of integration jobs and callbacks for an answer of success."""
    made = ask(org, item="BOLT")
    outside = Outside(made.json["id"], made.json["secret"], made.json["callback"])
    return {
        "createIntegrationJob": made,
        "noteIntegrationJobSent": acted(org, outside.job_id, "sent"),
        "takeCallbackJob": outside.take(org.client),
        "endCallbackJob": outside.end(org.client),
        "getIntegrationJob": org.get(f"/integration-jobs/{outside.job_id}"),
        "listIntegrationJobs": org.get("/integration-jobs?state=succeeded"),
        "cancelIntegrationJob": acted(org, hand_out(org).job_id, "cancel"),
    }


def _act(action: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: acted(org, named, action)


def _about(field: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: ask(org, **{field: named})


INTEGRATION_JOBS = {
    "GET integration-jobs/{integration_job}": Place(
        "integration_job", lambda org, named: org.get(f"/integration-jobs/{named}")
    ),
    "POST integration-jobs/{integration_job}/sent": Place("integration_job", _act("sent")),
    "POST integration-jobs/{integration_job}/cancel": Place("integration_job", _act("cancel")),
    **{
        f"POST integration-jobs /{field}": Place(field, _about(field))
        for field in ("item", "location", "movement")
    },
}
