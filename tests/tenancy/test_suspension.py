"""Suspension: an organisation is refused on every route from one moment on, and nobody else is."""

from typing import Any
from urllib.parse import urlencode

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Reply
from support.movement_streams import line, outcomes, streaming
from support.sites import Site
from velaurum.errors import Refusal
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Suspension

Operation = tuple[str, str, dict[str, Any]]
SUSPENDED = (403, "suspended")


def set_suspended(site: Site, org: ApiOrg, *, is_suspended: bool, reason: str = "unpaid") -> None:
    with site.door.installation() as tx:
        found = orgs.find(tx, org.code)
        assert found is not None
        (orgs.suspend if is_suspended else orgs.resume)(tx, found, reason)


def history(site: Site, org: ApiOrg) -> list[Suspension]:
    with site.door.installation() as tx:
        found = orgs.find(tx, org.code)
        assert found is not None
        return orgs.suspensions(tx, found)


def operations(org: ApiOrg) -> list[Operation]:
    """Return every operation that takes a token of an organisation."""
    paths: dict[str, dict[str, Any]] = org.client.get("/openapi.json").json["paths"]
    return [
        (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "token" in {name for one in operation["security"] for name in one}
    ]


def ask(org: ApiOrg, asked: Operation, role: str) -> Reply:
    """Ask as the document's own example does."""
    method, path, operation = asked
    given = {one["name"]: str(one.get("example", "")) for one in operation["parameters"]}
    body = None
    headers = [(name, given[name]) for name in ("Idempotency-Key", "If-Match") if name in given]
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        body = media["example"]
        headers.append(("Content-Type", kind))
    # A difference is asked for since a size or since an instant: neither is required alone.
    needed = [
        one["name"]
        for one in operation["parameters"]
        if one["in"] == "query" and (one.get("required") or one["name"] == "from_size")
    ]
    path = path.format(**{**given, "org": org.code})
    if needed:
        path += "?" + urlencode({name: given[name] for name in needed})
    return org.client.ask(method, path, body, token=org.tokens[role], headers=headers)


def test_every_route_of_a_suspended_organisation_is_refused_at_once(site: Site, org: ApiOrg) -> None:
    asked = operations(org)
    assert len(asked) > 15
    before = {ask(org, operation, role).refused for operation in asked for role in org.tokens}

    set_suspended(site, org, is_suspended=True)

    assert SUSPENDED not in before
    for operation in asked:
        codes = {ask(org, operation, role).refused for role in org.tokens}
        assert SUSPENDED in codes, operation[:2]
        assert codes <= {SUSPENDED, (403, "forbidden")}, operation[:2]


def test_other_organisations_go_on(site: Site, org: ApiOrg, other_org: ApiOrg) -> None:
    set_suspended(site, org, is_suspended=True)

    assert org.move(RECEIPT).refused == SUSPENDED
    assert other_org.move(RECEIPT).status == 201
    assert other_org.get("/balances").status == 200


def test_a_resumed_organisation_goes_on_where_it_was(site: Site, org: ApiOrg) -> None:
    before = org.movement(RECEIPT, key="before")
    set_suspended(site, org, is_suspended=True)
    assert org.move(RECEIPT, key="meanwhile").refused == SUSPENDED
    set_suspended(site, org, is_suspended=False)

    after = org.movement(RECEIPT, key="meanwhile")

    assert after["log_index"] == before["log_index"] + 5  # two changes and two events between
    assert org.move(RECEIPT, key="before").json == before


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_no_row_of_a_batch_is_posted(site: Site, org: ApiOrg, mode: str) -> None:
    rows = [{**RECEIPT, "idempotency_key": f"k{n}"} for n in range(3)]
    set_suspended(site, org, is_suspended=True)

    assert org.post("/movements/batch", {"mode": mode, "movements": rows}, key="").refused == SUSPENDED

    set_suspended(site, org, is_suspended=False)
    assert org.get("/movements").json["data"] == []


def test_a_stream_that_is_under_way_ends(site: Site, org: ApiOrg) -> None:
    with streaming(org.client.url, org.path, org.tokens["storekeeper"]) as stream:
        assert stream.ask(line("k1", RECEIPT))["status"] == 201
        set_suspended(site, org, is_suspended=True)
        stream.send(line("k2", RECEIPT) + line("k3", RECEIPT))
        last, *more = stream.rest()

    assert (outcomes([last]), last["is_last"], more) == ([(2, *SUSPENDED)], True, [])
    set_suspended(site, org, is_suspended=False)
    assert len(org.get("/movements").json["data"]) == 1


def test_what_was_done_is_listed_with_who_did_it_and_why(site: Site, org: ApiOrg) -> None:
    set_suspended(site, org, is_suspended=True, reason="unpaid")
    set_suspended(site, org, is_suspended=False, reason="paid")

    assert [(one.action, one.reason, one.actor) for one in history(site, org)] == [
        ("resumed", "paid", "platform-operator"),
        ("suspended", "unpaid", "platform-operator"),
    ]
    with site.door.installation() as tx:
        found = orgs.find(tx, org.code)
    assert found is not None
    assert found.suspended_at is None


def test_what_is_so_already_is_refused_and_not_listed(site: Site, org: ApiOrg) -> None:
    for is_suspended in (False, True):
        if is_suspended:
            set_suspended(site, org, is_suspended=True)
        with pytest.raises(Refusal) as refusal:
            set_suspended(site, org, is_suspended=is_suspended)
        assert refusal.value.code == "conflict"

    assert len(history(site, org)) == 1


@pytest.mark.parametrize("reason", ["", "x" * 201, "a\x00b"])
def test_a_reason_is_needed(site: Site, org: ApiOrg, reason: str) -> None:
    with pytest.raises(Refusal) as refusal:
        set_suspended(site, org, is_suspended=True, reason=reason)

    assert refusal.value.code == "invalid-field"
    assert org.move(RECEIPT).status == 201
