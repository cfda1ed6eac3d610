"""Authentication over HTTP: one bearer token, of this organisation, known, unexpired and not revoked."""

import time
from datetime import timedelta

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.keyrings import keyring_within
from support.server_process import ServerProcess
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.identity.secrets import PLATFORM, mint, parse
from velaurum.tenancy.context import OrgId

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
CHALLENGE = 'Bearer realm="velaurum"'


def test_a_valid_token_opens_its_organisation(org: ApiOrg) -> None:
    assert org.get("/items").status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(org: ApiOrg, scheme: str) -> None:
    headers = [("Authorization", f"{scheme} {org.tokens['auditor']}")]

    assert org.client.get(f"{org.path}/items", headers=headers).status == 200


@pytest.mark.parametrize(
    "value",
    [
        *("", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token {token}", "{token}", "Bearer{token}"),
        *("Bearer {token}x", "Bearer x{token}", "Bearer {half}", "Bearer {token} {token}", "Bearer {token},"),
        *("Bearer vlm_", "Bearer vlm_\u00e9", "Bearer " + "x" * 10_000),
    ],
)
def test_anything_else_is_not_a_credential(org: ApiOrg, value: str) -> None:
    token = org.tokens["auditor"]
    headers = [("Authorization", value.format(token=token, half=token[: len(token) // 2]))]

    reply = org.client.get(f"{org.path}/items", headers=headers)

    assert reply.refused == (401, "unauthenticated")
    assert reply.headers["www-authenticate"] == CHALLENGE


def test_a_doubled_credential_is_none(org: ApiOrg) -> None:
    header = ("Authorization", f"Bearer {org.tokens['auditor']}")

    reply = org.client.get(f"{org.path}/items", headers=[header, header])

    assert reply.refused == (401, "unauthenticated")


def test_a_token_is_read_from_the_header_alone(org: ApiOrg) -> None:
    token = org.tokens["auditor"]

    for query in ("access_token", "token"):
        assert org.client.get(f"{org.path}/items?{query}={token}").refused == (401, "unauthenticated")
    headers = [("Cookie", f"token={token}")]
    assert org.client.get(f"{org.path}/items", headers=headers).refused == (401, "unauthenticated")


def test_each_part_of_a_token_is_checked(org: ApiOrg) -> None:
    known = parse(org.tokens["auditor"])
    assert known is not None
    forged = [
        mint(known.org_id, known.token_id),
        mint(known.org_id, UNKNOWN_ID),
        mint(UNKNOWN_ID, known.token_id),
        mint(str(PLATFORM), known.token_id),
    ]

    for token in forged:
        reply = org.client.get(f"{org.path}/items", token=token.text)
        assert reply.refused == (401, "unauthenticated")


@pytest.mark.parametrize("place", [4, 20, 47, 60, 90, -1])
def test_a_token_with_another_character_is_unknown(org: ApiOrg, place: int) -> None:
    token = list(org.tokens["auditor"])
    token[place] = "a" if token[place] != "a" else "b"

    reply = org.client.get(f"{org.path}/items", token="".join(token))

    assert reply.refused == (401, "unauthenticated")


def test_a_revoked_token_stops_within_a_second(org: ApiOrg, api_door: Database) -> None:
    assert org.get("/items").status == 200

    with api_door.installation() as tx:
        tokens.revoke(tx, OrgId(org.org_id), org.token_ids["auditor"])
    time.sleep(CACHE_S + 0.1)

    assert org.get("/items").refused == (401, "unauthenticated")
    assert org.get("/items", role="controller").status == 200


def test_an_expired_token_is_unknown(org: ApiOrg, api_door: Database) -> None:
    with api_door.installation() as tx:
        short = tokens.create(
            tx,
            OrgId(org.org_id),
            keyring_within(tx),
            "auditor",
            kind="service",
            name="visitor",
            life=timedelta(milliseconds=20),
        )
    time.sleep(0.05)

    assert org.client.get(f"{org.path}/items", token=short.text).refused == (401, "unauthenticated")


@pytest.mark.parametrize("code", ["nope", "ACME", "x" * 5_000, "%00", "%ED%A0%80", "..", "'"])
def test_a_foreign_and_an_unknown_organisation_are_answered_alike(
    org: ApiOrg, other_org: ApiOrg, code: str
) -> None:
    answers = [
        org.client.get(f"/v1/orgs/{one}/items", token=org.tokens["auditor"]).json
        for one in (other_org.code, code)
    ]

    assert answers[0]["code"] == "forbidden"
    assert answers[0] | {"request_id": ""} == answers[1] | {"request_id": ""}


def test_no_line_of_the_log_holds_anything_of_a_token(
    org: ApiOrg, administrator: str, server: ServerProcess
) -> None:
    org.movement(RECEIPT)
    org.client.get("/v1/orgs", token=administrator)
    org.client.get(f"{org.path}/items", token=org.tokens["auditor"] + "x")
    org.client.get(f"{org.path}/items?token={org.tokens['auditor']}")

    logged = server.log.read_text()

    for token in (*org.tokens.values(), administrator):
        assert token[:30] not in logged
        assert token[-30:] not in logged
