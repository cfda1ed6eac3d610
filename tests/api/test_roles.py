"""Roles over HTTP: every route with every credential, against the matrix that stands in the golden file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from fastapi import FastAPI

from support.api_orgs import ApiOrg
from support.browsers import SAME_ORIGIN
from support.golden import assert_golden
from support.http_client import Reply
from support.seeded_roles import PERMISSIONS, may
from velaurum.api import app as application
from velaurum.api import openapi
from velaurum.api.routes import ADMINISTRATOR, ALSO, PERMISSION, PUBLIC
from velaurum.identity.roles import Role
from velaurum.identity.secrets import mint

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
IN_PATH = {
    "item": "BOLT",
    "location": "A",
    "sub_org": "STORES",
    "movement": UNKNOWN_ID,
    **dict.fromkeys(("pack", "lot", "serial", "count", "reservation", "shipment"), UNKNOWN_ID),
    "period": "2026-10",
    "bundle": "000",
    "tile": "0/000",
    "approval": UNKNOWN_ID,
    "break_glass": UNKNOWN_ID,
    "job": UNKNOWN_ID,
    "integration_job": UNKNOWN_ID,
    "reminder": UNKNOWN_ID,
    "message_id": f"{UNKNOWN_ID}:1",
    "passkey": UNKNOWN_ID,
    "session": UNKNOWN_ID,
    "principal": UNKNOWN_ID,
    "assignment": UNKNOWN_ID,
    "token": UNKNOWN_ID,
    "role": "auditor",
    "code": "conflict",
    "provider": "idp",
    "webhook": "erp",
    "delivery": UNKNOWN_ID,
    "link": UNKNOWN_ID,
    "user": UNKNOWN_ID,
    "group": UNKNOWN_ID,
    "mapping": UNKNOWN_ID,
    "kind": "User",
    "name": "change.v1.json",
    "urn": "urn:ietf:params:scim:schemas:core:2.0:User",
}
REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the matrix."""

    method: str
    path: str
    name: str
    permission: str
    also: tuple[str, ...] = ()

    @property
    def allowed(self) -> list[str]:
        if self.permission in (PUBLIC, ADMINISTRATOR):
            return []
        return [
            role for role in get_args(Role) if any(may(role, one) for one in (self.permission, *self.also))
        ]

    def ask(self, org: ApiOrg, token: str) -> Reply:
        """Send the smallest request that reaches the gate; what comes after it may refuse."""
        path = self.path.format(org=org.code, **IN_PATH)
        body = None if self.method == "GET" else {}
        return org.client.ask(self.method, path, body, token=token, headers=[SAME_ORIGIN])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Make the application without a database: its routes are known before it serves."""
    made = application.create("", Path(tmp_path_factory.mktemp("app")))
    yield made
    made.state.database.close()
    made.state.transport.close()


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> list[Operation]:
    paths: dict[str, dict[str, Any]] = openapi.document(app)["paths"]
    return [
        Operation(method.upper(), path, one["operationId"], one[PERMISSION], tuple(one.get(ALSO, ())))
        for path, methods in sorted(paths.items())
        for method, one in sorted(methods.items())
    ]


def test_golden_routes(operations: list[Operation]) -> None:
    rows = [
        f"{one.method:6}{one.path:78}{one.name:28}{one.permission:24}{' '.join(one.allowed)}".rstrip()
        for one in operations
    ]

    assert_golden("routes.txt", "\n".join([*rows, ""]))


def test_no_route_is_undocumented(app: FastAPI, operations: list[Operation]) -> None:
    routes = cast("list[APIRoute]", app.routes)
    # HEAD is GET without its content: the document says so where it has the GET.
    heads = [one for one in routes if one.methods == {"HEAD"}]
    others = [one for one in routes if one not in heads]
    routed = {(method, route.name) for route in others for method in route.methods}

    assert len(routed) == len(operations) == len(others)
    by_get = {(one.path, one.endpoint): one for one in others if one.methods == {"GET"}}
    assert [one.path for one in heads] == ["/v1/orgs/{org}/exports/{job:id}/archive"]
    for one in heads:
        assert one.openapi_extra == by_get[one.path, one.endpoint].openapi_extra
        assert one.operation_id == by_get[one.path, one.endpoint].operation_id


@pytest.mark.parametrize("role", get_args(Role))
def test_a_role_may_do_what_the_matrix_says_and_nothing_else(
    org: ApiOrg, operations: list[Operation], role: str
) -> None:
    passed = {one.name for one in operations if one.ask(org, org.tokens[role]).status not in REFUSED}

    assert passed == {one.name for one in operations if one.permission == PUBLIC or role in one.allowed}


def test_a_role_that_may_not_is_told_so(org: ApiOrg, operations: list[Operation]) -> None:
    for one in operations:
        for role in set(get_args(Role)) - set(one.allowed):
            if one.permission != PUBLIC:
                assert one.ask(org, org.tokens[role]).refused == (403, "forbidden"), one


def test_without_a_credential_only_public_routes_answer(org: ApiOrg, operations: list[Operation]) -> None:
    for one in operations:
        reply = one.ask(org, "")
        assert (reply.refused == (401, "unauthenticated")) == (one.permission != PUBLIC), one


def test_a_token_of_another_organisation_opens_nothing(
    org: ApiOrg, other_org: ApiOrg, operations: list[Operation]
) -> None:
    for one in operations:
        if "{org}" in one.path:
            for role in one.allowed:
                assert one.ask(org, other_org.tokens[role]).refused == (403, "forbidden"), one


def test_the_administrator_of_the_platform_reads_and_posts_in_no_organisation(
    org: ApiOrg, administrator: str, operations: list[Operation]
) -> None:
    passed = {one.name for one in operations if one.ask(org, administrator).status not in REFUSED}

    assert passed == {one.name for one in operations if one.permission in (PUBLIC, ADMINISTRATOR)}


def test_only_the_administrator_sees_the_organisations(org: ApiOrg, administrator: str) -> None:
    reply = org.client.get("/v1/orgs", token=administrator)

    found = [one for one in reply.json["data"] if one["code"] == org.code]
    assert found[0].keys() == {"id", "code", "region", "created_at", "suspended_at"}
    assert found[0]["id"] == org.org_id
    assert org.client.get("/v1/orgs", token=mint("0" * 32, UNKNOWN_ID).text).code == "unauthenticated"


def test_the_right_is_checked_before_anything_of_the_request(org: ApiOrg) -> None:
    for body, key in ((b"{", "k"), ({}, ""), (b"x" * 100_000, "a b")):
        assert org.post("/movements?x=1", body, key=key, role="auditor").refused == (403, "forbidden")


def test_the_roles_that_are_seeded_are_those_that_the_product_names() -> None:
    assert PERMISSIONS.keys() == set(get_args(Role))


def test_no_role_both_prepares_and_posts() -> None:
    for role in get_args(Role):
        assert not (may(role, "manage-catalog") and may(role, "post")), role
