"""Principals over HTTP: made, renamed, disabled with all that they hold; the last one stays (V-23)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Client
from support.people import Person, at_once
from support.staff import Staff, administrator

UNKNOWN_ID = "019a9f00-7000-7000-8000-000000000000"


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.mark.parametrize("kind", ["user", "service", "process"])
def test_a_principal_is_answered_as_it_was_made(kind: str, admin: Staff) -> None:
    reply = admin.post("/principals", {"name": "Ada", "kind": kind})

    assert (reply.status, reply.headers["etag"]) == (201, '"v1"')
    assert reply.json == admin.get(f"/principals/{reply.json['id']}").json
    assert reply.json["created_by"] == admin.me["principal"]
    assert (reply.json["kind"], reply.json["disabled_at"], reply.json["sub_org"]) == (kind, None, None)


def test_a_key_makes_a_principal_once(admin: Staff) -> None:
    body = {"name": "Ada", "kind": "user"}
    first, again = (admin.post("/principals", body, key="once") for _ in range(2))

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)
    assert admin.post("/principals", {**body, "name": "Bob"}, key="once").code == "idempotency-key-reused"


@pytest.mark.parametrize(
    ("change", "refused", "pointer"),
    [
        ({"name": ""}, "invalid-field", "/name"),
        ({"name": "x" * 121}, "invalid-field", "/name"),
        ({"name": "a\u202eb"}, "invalid-field", "/name"),
        ({"kind": "robot"}, "invalid-field", "/kind"),
        ({"role": "auditor"}, "invalid-field", "/role"),
        ({"sub_org": "NOPE"}, "unknown-reference", "/sub_org"),
    ],
)
def test_what_cannot_be_a_principal_is_named(
    change: dict[str, Any], refused: str, pointer: str, admin: Staff
) -> None:
    reply = admin.post("/principals", {"name": "Ada", "kind": "user", **change})

    assert (reply.code, reply.pointers) == (refused, [pointer])


def test_principals_are_listed_page_by_page(admin: Staff) -> None:
    made = [admin.hires(f"P{n}") for n in range(3)]
    found, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"/principals?limit=2{cursor and f'&cursor={cursor}'}").json
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]

    assert found == sorted(found)
    assert [one for one in found if one in made] == made


def test_a_principal_is_renamed_at_its_version_alone(admin: Staff) -> None:
    made = admin.hires()
    path = f"/principals/{made}"

    renamed = admin.patch(path, {"name": "Ada B."}, '"v1"')

    assert (renamed.status, renamed.json["name"], renamed.headers["etag"]) == (200, "Ada B.", '"v2"')
    assert admin.patch(path, {"name": "C"}, '"v1"').refused == (412, "stale-version")
    assert admin.patch(path, {"name": "C"}, None).refused == (428, "precondition-required")
    assert admin.patch(path, {}, '"v2"').refused == (400, "invalid-field")


def test_who_is_disabled_is_refused_at_once_and_its_tokens_are_gone(admin: Staff) -> None:
    made = admin.hires()
    issued = admin.issues(made)
    keeper = Person(admin.org, issued["token"])
    assert keeper.move(RECEIPT).status == 201

    disabled = admin.post(f"/principals/{made}/disabling")

    assert keeper.move(RECEIPT).refused == (401, "unauthenticated")
    assert disabled.json["disabled_at"] is not None
    assert admin.get(f"/tokens/{issued['id']}").json["revoked_at"] is not None
    assert admin.post(f"/principals/{made}/tokens", {"role": "storekeeper"}).refused == (409, "conflict")


def test_enabling_gives_no_token_back_and_lets_assignments_stand(admin: Staff) -> None:
    made = admin.hires()
    token = admin.issues(made)["token"]
    given = admin.must(admin.post(f"/principals/{made}/assignments", {"role": "auditor"}))
    admin.must(admin.post(f"/principals/{made}/disabling"))

    enabled = admin.post(f"/principals/{made}/enabling")

    assert (enabled.status, enabled.json["disabled_at"], enabled.json["version"]) == (200, None, 3)
    assert Staff(admin.org, token).get("/me").refused == (401, "unauthenticated")
    assert admin.get(f"/principals/{made}/assignments").json["data"] == [given]
    assert Staff(admin.org, admin.issues(made)["token"]).get("/me").status == 200


@pytest.mark.parametrize("verb", ["disabling", "enabling"])
def test_what_is_so_already_stays_as_it_is(verb: str, admin: Staff) -> None:
    made = admin.hires()
    first, again = (admin.post(f"/principals/{made}/{verb}") for _ in range(2))

    assert (first.status, again.status, again.json) == (200, 200, first.json)


def test_the_last_who_manages_identity_does_not_disable_itself(admin: Staff) -> None:
    me = admin.me
    alone = [
        admin.post(f"/principals/{me['principal']['id']}/disabling"),
        admin.post(f"/tokens/{me['credential']['id']}/revocation"),
    ]
    other = admin.appoints("org-admin")
    gone = admin.post(f"/principals/{me['principal']['id']}/disabling")

    assert [reply.refused for reply in alone] == [(409, "conflict")] * 2
    assert gone.status == 200
    assert admin.get("/me").refused == (401, "unauthenticated")
    assert other.get("/me").status == 200


def test_two_administrators_who_disable_each_other_do_not_both_succeed(admin: Staff) -> None:
    other = admin.appoints("org-admin")
    pairs = [(admin.token, other.me["principal"]["id"]), (other.token, admin.me["principal"]["id"])]

    statuses = at_once(
        admin.org.client.url,
        [
            lambda client, token=token, whom=whom: client.ask(
                "POST", f"{admin.org.path}/principals/{whom}/disabling", token=token
            )
            for token, whom in pairs
        ],
    )

    assert statuses == [200, 401]
    assert 200 in (admin.get("/me").status, other.get("/me").status)


def test_the_platforms_operator_is_not_the_organisations_to_manage(admin: Staff) -> None:
    listed = admin.get("/principals?limit=200").json["data"]
    (operator,) = [one["id"] for one in listed if one["name"] == "platform-operator"]
    path = f"/principals/{operator}"

    replies = [
        admin.patch(path, {"name": "me"}, '"v1"'),
        admin.post(f"{path}/disabling"),
        admin.post(f"{path}/enabling"),
        admin.post(f"{path}/assignments", {"role": "auditor"}),
        admin.post(f"{path}/tokens", {"role": "auditor"}),
    ]

    assert [reply.refused for reply in replies] == [(403, "forbidden")] * 5


def test_no_posting_follows_a_disabling_that_was_answered(admin: Staff) -> None:
    made = admin.hires()
    token = admin.issues(made)["token"]
    admin.org.movement(RECEIPT)
    born = admin.org.log_size()
    stop: list[bool] = []

    def post() -> list[int]:
        client, statuses = Client(admin.org.client.url), []
        person = Person(ApiOrg(client, *[getattr(admin.org, name) for name in OTHERS]), token)
        while not stop or len(statuses) < 5:
            statuses.append(person.move(ISSUE).status)
        client.close()
        return statuses

    with ThreadPoolExecutor(4) as pool:
        posting = [pool.submit(post) for _ in range(4)]
        while admin.get("/movements?kind=issue").json["as_of"]["log_size"] < born + 4:
            pass
        assert admin.post(f"/principals/{made}/disabling").status == 200
        size = admin.get("/movements").json["as_of"]["log_size"]
        stop.append(True)
        statuses = [status for one in posting for status in one.result()]

    assert admin.get("/movements").json["as_of"]["log_size"] == size
    assert set(statuses) <= {201, 401, 409}
    assert statuses.count(201) == size - born - 2  # the principal and its token changed as well


def test_an_id_of_nobody_is_not_found(admin: Staff) -> None:
    for path in ("", "/assignments"):
        assert admin.get(f"/principals/{UNKNOWN_ID}{path}").refused == (404, "not-found")
    assert admin.get("/principals/ada").refused == (404, "not-found")


OTHERS = ("org_id", "code", "tokens", "token_ids", "ids")
