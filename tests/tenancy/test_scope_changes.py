"""A change of scope acts on the next request: nobody waits for anything that was remembered."""

from collections.abc import Callable
from typing import get_args

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.departments import Departments
from support.seeded_roles import may
from support.sites import Site
from velaurum.identity import tokens
from velaurum.identity.roles import Role

Change = Callable[[Site, Departments, ApiOrg], None]


def revoke(site: Site, made: Departments, of: ApiOrg) -> None:
    with site.door.installation() as tx:
        for token_id in of.token_ids.values():
            assert tokens.revoke(tx, made.org.org_id, token_id)


def disable(site: Site, made: Departments, of: ApiOrg) -> None:
    site.alter(
        made.org.org_id,
        "update identity.principal as p set disabled_at = now(), disabled_by = p.id from identity.token as t"
        " where p.org_id = t.org_id and p.id = t.principal_id and t.id = any(%s::uuid[])",
        f"{{{','.join(of.token_ids.values())}}}",
    )
    assert made.org.get("/items").status == 200


def narrow(site: Site, made: Departments, of: ApiOrg) -> None:
    site.alter(
        made.org.org_id,
        "update identity.token set sub_org_id = %s where id = any(%s::uuid[])",
        made.ids["SOUTH"],
        f"{{{','.join(of.token_ids.values())}}}",
    )


def take_the_permission(site: Site, made: Departments, of: ApiOrg) -> None:
    assert of.code == made.org.code
    site.alter(
        made.org.org_id, "update identity.role set permissions = '{}' where org_id = %s", made.org.org_id
    )


def move_the_place(_: Site, made: Departments, __: ApiOrg) -> None:
    made.move_location("N1", "SOUTH")


def move_the_place_to_nobody(_: Site, made: Departments, __: ApiOrg) -> None:
    made.move_location("N1", None)


def move_the_department(_: Site, made: Departments, __: ApiOrg) -> None:
    made.move_sub_org("NORTH-1", "SOUTH")


ASKED = {
    "post": lambda org: org.move(RECEIPT, target="N1"),
    "post a repeat": lambda org: org.move(RECEIPT, target="N1", key="same"),
    "read a place": lambda org: org.get("/locations/N1"),
    "read balances": lambda org: org.get("/balances?location=N1"),
    "read movements": lambda org: org.get("/movements?location=N1"),
    "rename a place": lambda org: org.patch("/locations/N1", {"name": "x"}, '"v1"'),
    "make a place": lambda org: org.post(
        "/locations", {"code": "X", "name": "X", "kind": "storage", "sub_org": "NORTH-1"}, role="org-admin"
    ),
}
READERS = [role for role in get_args(Role) if may(role, "read")]
OUT_OF_REACH = {
    "post": (400, "unknown-reference"),
    "post a repeat": (400, "unknown-reference"),
    "read a place": (404, "not-found"),
    "read balances": (400, "unknown-reference"),
    "read movements": (400, "unknown-reference"),
    "rename a place": (404, "not-found"),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (revoke, (401, "unauthenticated")),
        (disable, (401, "unauthenticated")),
        (take_the_permission, (403, "forbidden")),
    ],
)
def test_who_lost_the_right_is_refused_on_the_next_request(
    change: Change, refused: tuple[int, str], asked: str, site: Site, stocked: Departments
) -> None:
    north = stocked.within("NORTH")
    assert north.move(RECEIPT, target="N1", key="same").status == 201
    for role in READERS:
        assert north.get("/items", role=role).status == 200

    change(site, stocked, north)

    assert ASKED[asked](north).refused == refused


@pytest.mark.parametrize("asked", OUT_OF_REACH)
@pytest.mark.parametrize("change", [narrow, move_the_place, move_the_place_to_nobody, move_the_department])
def test_what_left_the_reach_is_gone_on_the_next_request(
    change: Change, asked: str, site: Site, stocked: Departments
) -> None:
    north = stocked.within("NORTH")
    assert north.move(RECEIPT, target="N1", key="same").status == 201
    for role in READERS:
        assert north.get("/locations/N1", role=role).status == 200

    change(site, stocked, north)

    assert ASKED[asked](north).refused == OUT_OF_REACH[asked]


def test_what_came_into_reach_is_there_on_the_next_request(stocked: Departments) -> None:
    south = stocked.within("SOUTH")
    assert south.move(ISSUE, source="N1").status == 400
    assert south.get("/balances?group_by=item").json["data"][0]["on_hand"] == "4"

    stocked.move_sub_org("NORTH-1", "SOUTH")

    assert south.move(ISSUE, source="N1").status == 201
    assert south.get("/balances?group_by=item").json["data"][0]["on_hand"] == "5"
