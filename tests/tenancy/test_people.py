"""People of departments: who is narrowed to one manages what belongs to it, and never reaches beyond (V-15)."""

import psycopg
import pytest

from support.api_orgs import RECEIPT
from support.departments import Departments
from support.people import Person
from support.sites import Site
from support.staff import Staff, administrator
from velaurum.identity import secrets


@pytest.fixture
def admin(made: Departments) -> Staff:
    return administrator(made.org)


@pytest.fixture
def head(admin: Staff) -> Staff:
    """Appoint an administrator of the department NORTH."""
    return admin.appoints("org-admin", "Head", sub_org="NORTH")


def listed(who: Staff, path: str) -> set[str]:
    return {one["id"] for one in who.get(f"{path}?limit=200").json["data"]}


def test_a_department_sees_its_own_people_and_tokens_alone(admin: Staff, head: Staff) -> None:
    people = {home: admin.hires(str(home), sub_org=home) for home in ("NORTH", "NORTH-1", "SOUTH", None)}
    tokens = {home: admin.issues(one, sub_org=home)["id"] for home, one in people.items()}

    mine = {head.me["principal"]["id"], people["NORTH"], people["NORTH-1"]}
    assert listed(head, "/principals") == mine
    assert listed(head, "/tokens") == {head.me["credential"]["id"], tokens["NORTH"], tokens["NORTH-1"]}
    for home in ("SOUTH", None):
        for path in (f"/principals/{people[home]}", f"/tokens/{tokens[home]}"):
            assert head.get(path).refused == (404, "not-found")
        assert head.post(f"/tokens/{tokens[home]}/revocation").refused == (404, "not-found")
        assert head.post(f"/principals/{people[home]}/disabling").refused == (404, "not-found")


def test_a_department_makes_people_and_gives_rights_within_itself(admin: Staff, head: Staff) -> None:
    ada = head.hires("Ada", sub_org="NORTH-1")
    token = head.issues(ada, "storekeeper", sub_org="NORTH-1")
    given = head.post(f"/principals/{ada}/assignments", {"role": "auditor", "sub_org": "NORTH"})

    assert Person(admin.org, token["token"]).move(RECEIPT, target="N1").status == 201
    assert given.status == 201
    assert head.post(f"/principals/{ada}/disabling").status == 200


@pytest.mark.parametrize(
    ("sub_org", "refused", "pointers"),
    [
        ({}, (400, "invalid-field"), ["/sub_org"]),
        ({"sub_org": None}, (400, "invalid-field"), ["/sub_org"]),
        ({"sub_org": "SOUTH"}, (400, "unknown-reference"), ["/sub_org"]),
    ],
)
def test_a_department_gives_nothing_beyond_itself(
    sub_org: dict[str, str | None],
    refused: tuple[int, str],
    pointers: list[str],
    head: Staff,
) -> None:
    ada = head.hires("Ada", sub_org="NORTH")

    for reply in (
        head.post("/principals", {"name": "Bob", "kind": "user", **sub_org}),
        head.post(f"/principals/{ada}/assignments", {"role": "storekeeper", **sub_org}),
        head.post(f"/principals/{ada}/tokens", {"role": "storekeeper", **sub_org}),
    ):
        assert (reply.refused, reply.pointers) == (refused, pointers)
    if sub_org:
        assert head.patch(f"/principals/{ada}", sub_org, '"v1"').refused == refused


def test_who_holds_more_than_the_department_is_not_the_departments_to_disable(
    admin: Staff, head: Staff
) -> None:
    ada = admin.hires("Ada", sub_org="NORTH")
    admin.must(admin.post(f"/principals/{ada}/assignments", {"role": "org-admin"}))

    assert head.post(f"/principals/{ada}/disabling").refused == (403, "forbidden")
    admin.must(admin.post(f"/principals/{ada}/disabling"))
    assert head.post(f"/principals/{ada}/enabling").refused == (403, "forbidden")


def test_an_assignment_out_of_reach_is_not_seen_beside_one_within(admin: Staff, head: Staff) -> None:
    ada = admin.hires("Ada", sub_org="NORTH")
    path = f"/principals/{ada}/assignments"
    within, beyond = (
        admin.must(admin.post(path, {"role": "auditor", "sub_org": where}))["id"]
        for where in ("NORTH-1", "SOUTH")
    )

    assert listed(head, path) == {within}
    assert head.post(f"{path}/{beyond}/revocation").refused == (404, "not-found")
    assert head.post(f"{path}/{within}/revocation").status == 200


def test_roles_are_the_whole_organisations_to_change(admin: Staff, head: Staff) -> None:
    body = {"code": "mine", "name": "Mine", "permissions": ["read"]}
    made = admin.post("/roles", body)

    assert head.post("/roles", {**body, "code": "other"}).refused == (403, "forbidden")
    assert head.patch("/roles/mine", {"name": "x"}, made.headers["etag"]).refused == (403, "forbidden")
    assert head.get("/roles/mine").status == 200


def test_a_department_reads_the_changes_of_its_own(admin: Staff, head: Staff) -> None:
    inside, outside = (admin.hires(home, sub_org=home) for home in ("NORTH-1", "SOUTH"))
    whole = admin.hires("whole")

    subjects = {one["subject"]["id"] for one in head.get("/identity-changes?limit=200").json["data"]}

    assert inside in subjects
    assert not subjects & {outside, whole}


def test_the_second_wall_keeps_changes_of_other_departments_from_the_application(
    site: Site, admin: Staff, head: Staff
) -> None:
    admin.hires("south", sub_org="SOUTH")
    parsed = secrets.parse(head.token)
    assert parsed is not None

    with site.door.installation() as tx:
        tx.connection.execute(
            "select tenancy.enter(%s, %s, 'manage-identity')", [parsed.org_id, parsed.token_id]
        )
        (seen,) = tx.connection.execute(
            "select array_agg(distinct c.sub_org_id is null) from audit.change as c"
            " where c.org_id = %s and not c.is_shared",
            [parsed.org_id],
        ).fetchall()[0]
    with psycopg.connect(site.superuser) as superuser:
        is_standing = superuser.execute(
            "select c.relrowsecurity from pg_class as c where c.oid = 'audit.change'::regclass"
        ).fetchall() == [(True,)]

    assert (seen == [False]) == is_standing
