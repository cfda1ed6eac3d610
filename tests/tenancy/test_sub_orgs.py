"""Departments over HTTP: made once per key, a tree without circles, and one's own subtree to whoever has one."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.departments import UNKNOWN_ID, Departments, said


def test_a_department_is_answered_as_it_was_created(made: Departments) -> None:
    body = {"code": "WEST", "name": "West", "parent": "SOUTH"}

    reply = made.org.post("/sub-orgs", body, role="org-admin")

    assert (reply.status, reply.headers["etag"], reply.json["version"]) == (201, '"v1"', 1)
    assert reply.json["parent"] == {"id": made.ids["SOUTH"], "code": "SOUTH"}
    assert reply.json == made.org.get("/sub-orgs/WEST").json
    assert reply.json == made.org.get(f"/sub-orgs/{reply.json['id']}").json


def test_departments_are_listed_by_code(made: Departments) -> None:
    first = made.org.get("/sub-orgs?limit=3").json
    second = made.org.get(f"/sub-orgs?limit=3&cursor={first['next_cursor']}").json

    codes = [one["code"] for page in (first, second) for one in page["data"]]
    assert codes == ["NORTH", "NORTH-1", "NORTH-2", "SOUTH"]
    assert second["next_cursor"] is None


def test_a_key_makes_a_department_once(made: Departments) -> None:
    body = {"code": "WEST", "name": "West"}
    first, again = (made.org.post("/sub-orgs", body, key="once", role="org-admin") for _ in range(2))
    other = made.org.post("/sub-orgs", {**body, "parent": "NORTH"}, key="once", role="org-admin")

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)
    assert other.refused == (422, "idempotency-key-reused")


@pytest.mark.parametrize("code", ["NORTH", "north", "\uff2e\uff2f\uff32\uff34\uff28"])
def test_a_code_is_taken_once(made: Departments, code: str) -> None:
    body = {"code": code, "name": "x"}
    replies = [made.org.post("/sub-orgs", body, key="k", role="org-admin") for _ in range(2)]

    assert [(reply.refused, reply.is_replayed) for reply in replies] == [
        ((409, "code-taken"), False),
        ((409, "code-taken"), True),
    ]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"code": ""}, "invalid-field", "/code"),
        ({"name": ""}, "invalid-field", "/name"),
        ({"name": "x" * 201}, "invalid-field", "/name"),
        ({"kind": "x"}, "invalid-field", "/kind"),
        ({"parent": "NOPE"}, "unknown-reference", "/parent"),
        ({"parent": UNKNOWN_ID}, "unknown-reference", "/parent"),
    ],
)
def test_what_a_department_cannot_be_is_named_by_its_field(
    made: Departments, change: dict[str, Any], code: str, pointer: str
) -> None:
    reply = made.org.post("/sub-orgs", {"code": "WEST", "name": "West", **change}, role="org-admin")

    assert (reply.refused, reply.pointers) == ((400, code), [pointer])
    assert made.org.get("/sub-orgs/WEST").refused == (404, "not-found")


def test_a_department_is_renamed_and_moved_by_version(made: Departments) -> None:
    renamed = made.org.patch("/sub-orgs/SOUTH", {"name": "Deep south"}, '"v1"')
    moved = made.org.patch("/sub-orgs/SOUTH", {"parent": "NORTH-1"}, '"v2"')
    up = made.org.patch("/sub-orgs/SOUTH", {"parent": None}, '"v3"')

    assert (renamed.status, renamed.headers["etag"], renamed.json["name"]) == (200, '"v2"', "Deep south")
    assert (moved.json["parent"]["code"], moved.json["name"]) == ("NORTH-1", "Deep south")
    assert (up.json["parent"], up.json["version"]) == (None, 4)
    assert made.org.patch("/sub-orgs/SOUTH", {"name": "x"}, '"v3"').refused == (412, "stale-version")
    assert made.org.patch("/sub-orgs/SOUTH", {"name": "x"}, None).refused == (428, "precondition-required")
    assert made.org.patch("/sub-orgs/SOUTH", {}, '"v4"').refused == (400, "invalid-field")
    assert made.org.get("/sub-orgs/NORTH").json["version"] == 1


@pytest.mark.parametrize("parent", ["NORTH", "NORTH-1"])
def test_a_department_never_lies_within_itself(made: Departments, parent: str) -> None:
    reply = made.org.patch("/sub-orgs/NORTH", {"parent": parent}, '"v1"')

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/parent"])
    assert made.org.get("/sub-orgs/NORTH").json["parent"] is None


def test_a_foreign_department_is_an_unknown_one(made: Departments, other_org: ApiOrg) -> None:
    ask = {
        "get": lambda id_: other_org.get(f"/sub-orgs/{id_}"),
        "patch": lambda id_: other_org.patch(f"/sub-orgs/{id_}", {"name": "x"}, '"v1"'),
        "parent": lambda id_: other_org.post(
            "/sub-orgs", {"code": "X", "name": "X", "parent": id_}, role="org-admin"
        ),
        "sub_org": lambda id_: other_org.post(
            "/locations", {"code": "X", "name": "X", "kind": "storage", "sub_org": id_}, role="org-admin"
        ),
    }

    for asked in ask.values():
        assert said(asked(made.ids["NORTH"])) == said(asked(UNKNOWN_ID))


def test_a_department_sees_its_own_subtree(made: Departments) -> None:
    north = made.within("NORTH")
    first = made.within("NORTH-1")

    assert [one["code"] for one in north.get("/sub-orgs").json["data"]] == ["NORTH", "NORTH-1", "NORTH-2"]
    assert [one["code"] for one in first.get("/sub-orgs").json["data"]] == ["NORTH-1"]
    for named in ("NORTH-1", made.ids["NORTH-1"]):
        assert first.get(f"/sub-orgs/{named}").json["parent"] == {"id": made.ids["NORTH"], "code": None}


@pytest.mark.parametrize("out_of_reach", ["SOUTH", "NORTH"])
def test_a_department_out_of_reach_is_an_unknown_one(made: Departments, out_of_reach: str) -> None:
    first = made.within("NORTH-1")
    ask = (
        lambda named: first.get(f"/sub-orgs/{named}"),
        lambda named: first.patch(f"/sub-orgs/{named}", {"name": "x"}, '"v1"'),
        lambda named: first.patch("/sub-orgs/NORTH-1", {"parent": named}, '"v1"'),
        lambda named: first.post("/sub-orgs", {"code": "X", "name": "X", "parent": named}, role="org-admin"),
    )

    for asked in ask:
        unknown = said(asked("NOPE"))
        assert said(asked(out_of_reach)) == said(asked(made.ids[out_of_reach])) == unknown


def test_who_has_a_department_makes_departments_in_it(made: Departments) -> None:
    north = made.within("NORTH")
    body = {"code": "NORTH-3", "name": "x", "parent": "NORTH-1"}

    created = north.post("/sub-orgs", body, key="k", role="org-admin")
    again = north.post("/sub-orgs", body, key="k", role="org-admin")
    at_the_top = north.post("/sub-orgs", {"code": "TOP", "name": "x"}, role="org-admin")

    assert (created.status, created.json["parent"]["code"]) == (201, "NORTH-1")
    assert (again.status, again.json) == (200, created.json)
    assert north.get("/sub-orgs/NORTH-3").json == created.json
    assert (at_the_top.refused, at_the_top.pointers) == ((400, "invalid-field"), ["/parent"])


def test_who_has_a_department_renames_it_and_moves_what_is_below(made: Departments) -> None:
    north = made.within("NORTH")

    renamed = north.patch("/sub-orgs/NORTH", {"name": "High north"}, '"v1"')
    moved = north.patch("/sub-orgs/NORTH-2", {"parent": "NORTH-1"}, '"v1"')
    up = north.patch("/sub-orgs/NORTH-2", {"parent": None}, '"v2"')

    assert (renamed.status, renamed.json["name"]) == (200, "High north")
    assert (moved.status, moved.json["parent"]["code"]) == (200, "NORTH-1")
    assert up.refused == (403, "forbidden")


def test_nobody_moves_the_department_that_they_are_in(made: Departments) -> None:
    made.sub_org("NORTH-1-1", parent="NORTH-1")
    first = made.within("NORTH-1")

    assert first.patch("/sub-orgs/NORTH-1", {"parent": None}, '"v1"').refused == (403, "forbidden")
    assert first.patch("/sub-orgs/NORTH-1", {"name": "x"}, '"v1"').status == 200
    assert made.org.get("/sub-orgs/NORTH-1").json["parent"]["code"] == "NORTH"
    assert [one["code"] for one in made.within("NORTH").get("/sub-orgs").json["data"]] == [
        *("NORTH", "NORTH-1", "NORTH-1-1", "NORTH-2")
    ]


def test_what_is_below_a_department_moves_along(made: Departments) -> None:
    south = made.within("SOUTH")
    assert south.get("/sub-orgs/NORTH-1").status == 404

    made.move_sub_org("NORTH", "SOUTH")
    assert [one["code"] for one in south.get("/sub-orgs").json["data"]] == [
        *("NORTH", "NORTH-1", "NORTH-2", "SOUTH")
    ]

    made.move_sub_org("NORTH", None)
    assert [one["code"] for one in south.get("/sub-orgs").json["data"]] == ["SOUTH"]
