"""Periods over HTTP: how they are made and closed, what every route about them answers, and where each names one."""

from collections.abc import Callable
from typing import Any

from support.answers_of_access import past_answers
from support.api_orgs import ApiOrg
from support.http_client import Client, Reply
from support.people import Person
from support.places import Place

OCTOBER = {"code": "2026-10", "starts_at": "2026-10-01T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z"}
IN_OCTOBER = "2026-10-15T12:00:00Z"
ALWAYS = {"code": "until-9999", "ends_at": "9999-01-01T00:00:00Z"}


def period(org: ApiOrg, **members: Any) -> Any:
    """Make a period, October unless it is said otherwise."""
    made = org.post("/periods", {**OCTOBER, **members}, role="controller")
    assert made.status == 201, made
    return made.json


def act(org: ApiOrg, code: str, verb: str, version: int | None = None, **body: Any) -> Reply:
    """Close or reopen a period as a controller, at the version that it has now or another one."""
    return _act(org.client, org, org.tokens["controller"], code, verb, version, body)


def act_as(person: Person, code: str, verb: str, version: int | None = None, **body: Any) -> Reply:
    """Do the same as a person."""
    return _act(person.org.client, person.org, person.token, code, verb, version, body)


def period_answers(org: ApiOrg, ann: Person) -> dict[str, Reply]:
    """Return an answer of success of every operation about periods."""
    path = "/periods/2026-10"
    return {
        "createPeriod": org.post("/periods", OCTOBER, role="controller"),
        "listPeriods": org.get("/periods"),
        "softClosePeriod": act(org, "2026-10", "soft-close"),
        "closePeriod": act(org, "2026-10", "close"),
        "reopenPeriod": act_as(ann, "2026-10", "reopen", reason="a count came late"),
        "getPeriod": org.get(path),
        **past_answers(org, "Period", path),
    }


def _act(
    client: Client, org: ApiOrg, token: str, code: str, verb: str, version: int | None, body: dict[str, Any]
) -> Reply:
    path = f"{org.path}/periods/{code}"
    if version is None:
        version = client.get(path, token=token).json["version"]
    headers = [("If-Match", f'"v{version}"')]
    return client.ask("POST", f"{path}/{verb}", body, token=token, headers=headers)


def _read(rest: str = "") -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"/periods/{named}{rest}")


def _acted(verb: str, **body: Any) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: act(org, named, verb, 1, **body)


PERIODS = {
    "GET periods/{period}": Place("period", _read()),
    "GET periods/{period}/history": Place("period", _read("/history")),
    "GET periods/{period}/proof": Place("period", _read("/proof")),
    "GET periods/{period} ?at_size": Place("period", _read("?at_size=1")),
    "POST periods/{period}/soft-close": Place("period", _acted("soft-close")),
    "POST periods/{period}/close": Place("period", _acted("close")),
    "POST periods/{period}/reopen": Place("period", _acted("reopen")),
}
