"""Providers over HTTP: made and changed by an administrator, never with a secret, and whom they vouch for."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.browsers import disable, person
from support.departments import Departments
from support.http_client import Reply
from velaurum.db.connection import Database

ISSUER = "https://login.example.com"
NEW: dict[str, Any] = {
    "code": "idp",
    "name": "Provider",
    "issuer": ISSUER,
    "client_id": "velaurum",
}
TENANT = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"


def create(org: ApiOrg, key: str | None = None, **members: Any) -> Reply:
    return org.post("/providers", {**NEW, **members}, key=key, role="org-admin")


def change(org: ApiOrg, body: Any, etag: str | None = '"v1"') -> Reply:
    return org.patch("/providers/idp", body, etag)


def test_a_provider_is_made_once_per_key(org: ApiOrg) -> None:
    made = create(org, "k1")
    again = create(org, "k1")

    assert (made.status, made.headers["etag"]) == (201, '"v1"')
    assert made.json["client_auth"] == "private-key"
    assert (again.status, again.is_replayed, again.json) == (200, True, made.json)
    assert create(org, "k1", name="Other").refused == (422, "idempotency-key-reused")
    assert (create(org).refused, create(org).pointers) == ((409, "code-taken"), ["/code"])
    assert create(org, "").refused == (400, "idempotency-key-missing")


def test_a_provider_is_found_by_id_and_by_code(org: ApiOrg) -> None:
    made = create(org).json

    assert org.get("/providers/idp", role="org-admin").json == made
    assert org.get(f"/providers/{made['id']}", role="org-admin").json == made
    assert org.get("/providers", role="org-admin").json["data"] == [made]


@pytest.mark.parametrize(
    ("pointer", "members"),
    [
        *(
            ("/code", {"code": code})
            for code in ("", "Idp", "a", "a.b", "x" * 41, TENANT.replace("2f", "af"))
        ),
        *(("/name", {"name": name}) for name in ("", "x" * 121, "a\n")),
        *(
            ("/issuer", {"issuer": issuer})
            for issuer in ("", "http://login.example.com", "login.example.com")
        ),
        *(
            ("/issuer", {"issuer": ISSUER + more})
            for more in ("?x=1", "#x", "/é", "/" + "x" * 255, " ", ":0")
        ),
        *(
            ("/issuer", {"issuer": f"https://{host}"})
            for host in ("", "a@b.example", "Login.example.com", ":443")
        ),
        *(("/client_id", {"client_id": one}) for one in ("", "a b", "é", "x" * 256)),
        ("/client_secret", {"client_auth": "secret-file"}),
        *(
            ("/client_secret", {"client_auth": "secret-file", "client_secret": secret})
            for secret in (
                "",
                "s3cret",
                "file:",
                "file:../x",
                "file:/etc/passwd",
                "file:a/b",
                "file:.x",
                "FILE:x",
            )
        ),
        ("/client_secret", {"client_secret": "file:x"}),
        ("/client_auth", {"client_auth": "client_secret"}),
        ("/kind", {"kind": "github"}),
        ("/tenant_ids", {"kind": "entra"}),
        ("/tenant_ids", {"tenant_ids": [TENANT]}),
        ("/tenant_ids", {"kind": "entra", "tenant_ids": [TENANT] * 51}),
        ("/tenant_ids/1", {"kind": "entra", "tenant_ids": [TENANT, "common"]}),
        ("/surprise", {"surprise": 1}),
    ],
)
def test_what_cannot_be_a_provider_is_refused(org: ApiOrg, pointer: str, members: Any) -> None:
    reply = create(org, **members)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])
    assert b"s3cret" not in reply.body


def test_a_provider_changes_by_version_and_keeps_its_issuer(org: ApiOrg) -> None:
    create(org)
    new = {"name": "New", "client_auth": "secret-file", "client_secret": "file:idp-2026"}

    changed = change(org, new)

    assert (changed.status, changed.headers["etag"]) == (200, '"v2"')
    assert {name: changed.json[name] for name in new} == new
    assert change(org, {"name": "x"}).refused == (412, "stale-version")
    assert change(org, {"name": "x"}, None).refused == (428, "precondition-required")
    assert change(org, {}, '"v2"').refused == (400, "invalid-field")
    for fixed in ("issuer", "code", "kind"):
        assert change(org, {fixed: "x"}, '"v2"').pointers == [f"/{fixed}"]


def test_a_secret_goes_with_the_way_to_prove_it(org: ApiOrg) -> None:
    create(org, client_auth="secret-file", client_secret="file:idp")  # noqa: S106 - the name of a file

    assert change(org, {"client_secret": None}).pointers == ["/client_secret"]
    assert change(org, {"client_auth": "none"}).json["client_secret"] is None
    assert change(org, {"client_auth": "secret-file"}, '"v2"').pointers == ["/client_secret"]


def test_a_provider_is_disabled_and_enabled_again(org: ApiOrg) -> None:
    create(org)

    disabled = change(org, {"is_disabled": True}).json
    renamed = change(org, {"name": "still"}, '"v2"').json
    enabled = change(org, {"is_disabled": False}, '"v3"').json

    assert disabled["disabled_at"] == renamed["disabled_at"] is not None
    assert enabled["disabled_at"] is None


def test_a_department_lets_nobody_in(org: ApiOrg, api_door: Database) -> None:
    assert org.post("/sub-orgs", {"code": "NORTH", "name": "North"}, role="org-admin").status == 201
    narrow = Departments(org, api_door, {}).within("NORTH").tokens["org-admin"]
    body = {"subject": "ada", "principal": person(api_door, org)}
    create(org)

    for reply in (
        org.client.post(f"{org.path}/providers", NEW, token=narrow, key="n1"),
        org.client.patch(f"{org.path}/providers/idp", {"name": "x"}, token=narrow, etag='"v1"'),
        org.client.post(f"{org.path}/providers/idp/subjects", body, token=narrow, key="n2"),
    ):
        assert reply.refused == (403, "forbidden")


def test_a_subject_is_linked_once_and_taken_away(org: ApiOrg, api_door: Database) -> None:
    create(org)
    ada, grace = person(api_door, org), person(api_door, org)
    linked = link(org, "ada", ada, "l1")

    assert (linked.status, linked.json["principal"]) == (201, {"id": ada, "name": "Ada"})
    assert (link(org, "ada", ada, "l1").status, link(org, "ada", ada, "l1").is_replayed) == (200, True)
    taken = link(org, "ada", grace, "l2")
    assert (taken.refused, taken.pointers) == ((409, "code-taken"), ["/subject"])
    assert link(org, "ada", grace, "l2").is_replayed
    assert link(org, "grace", ada, "l1").refused == (422, "idempotency-key-reused")
    assert link(org, "Ada", grace).status == 201

    gone = unlink(org, linked.json["id"])

    assert gone.json["removed_at"] is not None
    assert unlink(org, linked.json["id"]).json == gone.json
    assert link(org, "ada", grace).status == 201
    found = org.get("/providers/idp/subjects", role="org-admin").json["data"]
    assert [(one["subject"], one["principal"]["id"]) for one in found] == [("Ada", grace), ("ada", grace)]


def test_only_people_are_vouched_for(org: ApiOrg, api_door: Database) -> None:
    create(org)
    gone = person(api_door, org)
    disable(api_door, org, gone)
    service = org.movement({"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"})["actor"]["id"]

    for nobody in (gone, service, "ada@example.com", ""):
        reply = link(org, "ada", nobody)
        assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), ["/principal"])


@pytest.mark.parametrize("subject", ["", "a b", "é", "x" * 256])
def test_what_cannot_be_a_subject_is_refused(org: ApiOrg, api_door: Database, subject: str) -> None:
    create(org)

    reply = link(org, subject, person(api_door, org))

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/subject"])


@pytest.mark.parametrize("subject", ["ada", "ada@example.com", f"{TENANT}/", f"{TENANT}/ada", TENANT * 2])
def test_a_subject_of_entra_is_tenant_and_object(org: ApiOrg, api_door: Database, subject: str) -> None:
    create(org, kind="entra", tenant_ids=[TENANT])

    reply = link(org, subject, person(api_door, org))

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/subject"])


def test_a_list_of_subjects_goes_on_where_it_ended(org: ApiOrg, api_door: Database) -> None:
    create(org)
    ada = person(api_door, org)
    for subject in "abc":
        link(org, subject, ada)

    first = org.get("/providers/idp/subjects?limit=2", role="org-admin").json
    rest = org.get(f"/providers/idp/subjects?limit=2&cursor={first['next_cursor']}", role="org-admin").json

    assert [one["subject"] for one in (*first["data"], *rest["data"])] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


def link(org: ApiOrg, subject: str, principal: str, key: str | None = None) -> Reply:
    body = {"subject": subject, "principal": principal}
    return org.post("/providers/idp/subjects", body, key=key, role="org-admin")


def unlink(org: ApiOrg, link_id: str) -> Reply:
    path = f"{org.path}/providers/idp/subjects/{link_id}"
    return org.client.ask("DELETE", path, token=org.tokens["org-admin"])
