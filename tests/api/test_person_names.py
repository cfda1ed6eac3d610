"""Names of people are sealed where they stand, and opened for whoever is shown them; some open nowhere (V-08, V-25)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.directories import LEAVES, directory, principal_of
from support.ledger_sql import SUPERUSER
from support.people import named, token_of
from support.staff import Staff, administrator
from velaurum.db import embedded

NAMES = ["Ada", "Žofie Ångström 张伟", "x" * 120]


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.fixture
def superuser(cluster: embedded.Cluster, session_database_name: str) -> Iterator[psycopg.Connection[Any]]:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=session_database_name)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection


def _stored(superuser: psycopg.Connection[Any], principal: str) -> list[str]:
    """Return what is stored of a person's name: now, and beside each version."""
    found = superuser.execute(
        "select p.name from identity.principal as p where p.id = %(id)s union all (select v.value from"
        " audit.personal_value as v inner join audit.change as c on v.change_id = c.id where c.subject_id = %(id)s"
        " order by c.id)",
        {"id": principal},
    ).fetchall()
    return [name for (name,) in found]


@contextmanager
def _as_owner(superuser: psycopg.Connection[Any]) -> Iterator[None]:
    """Let whoever owns the tables write past every trigger."""
    with superuser.transaction():
        superuser.execute("set local event_triggers = off")
        superuser.execute("alter table identity.principal disable trigger user")
        yield
        for (name,) in superuser.execute(
            "select tgname from pg_trigger where tgrelid = 'identity.principal'::regclass and not tgisinternal"
        ).fetchall():
            superuser.execute(f"alter table identity.principal enable always trigger {name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_stored_sealed_and_shown_open(
    admin: Staff, superuser: psycopg.Connection[Any], name: str
) -> None:
    principal = admin.hires(name)
    etag = admin.get(f"/principals/{principal}").headers["etag"]
    renamed = admin.must(admin.patch(f"/principals/{principal}", {"name": f"{name[:110]} B"}, etag))

    stored = _stored(superuser, principal)
    versions = admin.must(admin.get(f"/principals/{principal}/history"))["data"]

    assert renamed["name"] == f"{name[:110]} B"
    assert len(stored) == 3
    assert all(one.startswith("VE1.") and name not in one for one in stored)
    assert [one["record"]["name"] for one in versions] == [renamed["name"], name]


def test_who_posted_is_named_to_whoever_reads(org: ApiOrg) -> None:
    principal = named(org, "Ada")
    posted = org.client.post(
        f"{org.path}/movements", RECEIPT, token=token_of(org, principal, "storekeeper"), key="k1"
    )

    assert posted.status == 201
    assert posted.json["actor"]["name"] == "Ada"
    assert org.get(f"/movements/{posted.json['id']}").json["actor"]["name"] == "Ada"


def test_a_name_that_looks_sealed_is_refused_for_anybody(org: ApiOrg) -> None:
    for kind in ("user", "service", "process"):
        reply = org.post("/principals", {"kind": kind, "name": "VE1.Ada"}, role="org-admin")
        assert reply.refused == (400, "invalid-field")


def test_names_of_services_stay_as_they_are(admin: Staff, superuser: psycopg.Connection[Any]) -> None:
    assert set(_stored(superuser, admin.hires("scanner", "service"))) == {"scanner"}


def test_a_rename_to_the_same_name_keeps_what_is_stored(
    admin: Staff, superuser: psycopg.Connection[Any]
) -> None:
    principal = admin.hires("Ada")
    etag = admin.get(f"/principals/{principal}").headers["etag"]

    admin.must(admin.patch(f"/principals/{principal}", {"name": "Ada"}, etag))

    assert len(set(_stored(superuser, principal))) == 1


_MOVED = (
    "update identity.principal set name = (select o.name from identity.principal as o where o.id = %(other)s)"
)
_CUT = "update identity.principal set name = substring(name from 1 for char_length(name) - 8)"
_COMMITTED_OTHERWISE = (
    "update identity.principal as p set name = overlay(p.name placing substring(o.name from 5 for 44) from 5)"
    " from identity.principal as o where o.id = %(other)s and p.id = %(id)s"
)
HARMS = (f"{_MOVED} where id = %(id)s", f"{_CUT} where id = %(id)s", _COMMITTED_OTHERWISE)


@pytest.mark.parametrize("harm", HARMS, ids=("moved", "cut", "committed otherwise"))
def test_a_name_that_was_moved_cut_or_committed_otherwise_is_nobodys(
    admin: Staff, superuser: psycopg.Connection[Any], harm: str
) -> None:
    principal, other = admin.hires("Ada"), admin.hires("Grace")
    with _as_owner(superuser):
        superuser.execute(harm, {"id": principal, "other": other})

    assert admin.must(admin.get(f"/principals/{principal}"))["name"] is None
    assert admin.must(admin.get(f"/principals/{other}"))["name"] == "Grace"
    listed = admin.must(admin.get("/principals?limit=100"))["data"]
    assert {one["id"]: one["name"] for one in listed}[principal] is None


@pytest.mark.parametrize("name", ["Ada", "VE1.", "VE1." + "A" * 200])
def test_sql_refuses_a_person_in_plain(admin: Staff, superuser: psycopg.Connection[Any], name: str) -> None:
    principal = admin.hires("Ada")

    with pytest.raises(psycopg.errors.CheckViolation):
        superuser.execute("update identity.principal set name = %s where id = %s", [name, principal])


def test_a_sealed_text_in_another_field_stays_closed(
    admin: Staff, org: ApiOrg, superuser: psycopg.Connection
) -> None:
    sealed, *_ = _stored(superuser, admin.hires("Ada"))

    made = org.item("PASTED", description=sealed)

    assert made["description"] == sealed


def test_a_directory_lets_somebody_go_whose_name_does_not_open(
    org: ApiOrg, superuser: psycopg.Connection[Any]
) -> None:
    provisioner = directory(org)
    user = provisioner.hires("ada@example.com", displayName="Ada")
    with _as_owner(superuser):
        superuser.execute(f"{_CUT} where id = %(id)s", {"id": principal_of(org, user["id"])})

    left = provisioner.must(provisioner.patch(f"/Users/{user['id']}", LEAVES))
    renamed = provisioner.patch(
        f"/Users/{user['id']}", {"op": "replace", "path": "displayName", "value": "Ada L."}
    )

    assert left["active"] is False
    assert provisioner.must(renamed)["displayName"] == "Ada L."
