"""Histories to read: an office whose records of every kind were made and changed, and its log as the tables have it."""

import uuid
from typing import Any

import psycopg
from psycopg.rows import dict_row

from support.offices import Office
from velaurum.catalog import items, locations
from velaurum.catalog.items import Item, ItemChange, NewItem
from velaurum.catalog.locations import LocationChange, NewLocation
from velaurum.identity import assignments, principals, roles
from velaurum.identity.assignments import NewAssignment
from velaurum.identity.roles import NewRole
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.sub_orgs import SubOrgChange

NASTY = 'quote " backslash \\ slash / é ß 漢 \U0001f980 <&> \\u0041'
LEAVES = """
select v.*, c.id::text as id, c.actor_id, c.credential_id, c.request_id, c.row_after, c.commitments,
    p.kind as actor_kind, b.leaf_hash as previous_leaf
from audit.version as v
inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id
inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id
left join audit.version as b on v.org_id = b.org_id and v.previous_index = b.log_index
where v.org_id = %s order by v.log_index
"""


def entered(office: Office, connection: psycopg.Connection[Any] | None = None) -> psycopg.Connection[Any]:
    """Put a session, the superuser's by default, into the organisation."""
    connection = connection or office.admin
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false),"
        " set_config('velaurum.acting', '', false)",
        [office.org.org_id],
    )
    return connection


def makes_item(office: Office, code: str = "BOLT", **members: Any) -> Item:
    new = NewItem(code, f"{code} of steel", **members)
    made: Item = office.does(items.create, new, idempotency_key=str(uuid.uuid4())).require()
    return made


def renames(office: Office, item: Item, name: str) -> Item:
    changed: Item = office.does(items.update, item.id, item.version, ItemChange(name=name))
    return changed


def lives(office: Office) -> None:
    """Make and change records of every kind that an administrator has."""
    item = makes_item(office, description=NASTY, attributes={"b": 1, "a": NASTY, "empty": None})
    renames(office, item, NASTY)
    for code, parent in (("NORTH", None), ("INNER", "NORTH"), ("SOUTH", None)):
        office.founds(code, parent)
    office.does(sub_orgs.update, "INNER", 1, SubOrgChange(parent="SOUTH"))
    new = NewLocation("A", "A", "storage", sub_org="NORTH")
    office.does(locations.create, new, idempotency_key=str(uuid.uuid4())).require()
    office.does(locations.update, "A", 1, LocationChange(sub_org="INNER"))
    made = office.hires(NASTY).id
    office.renames(made, "Ada")
    office.does(roles.create, NewRole("packer", NASTY, ["read", "post"]), idempotency_key="role").require()
    given = office.does(assignments.create, made, NewAssignment("packer"), idempotency_key="as").require()
    office.does(assignments.revoke, made, given.id)
    office.issues(made, "packer")
    office.does(principals.disable, made)


def leaves(office: Office) -> list[dict[str, Any]]:
    """Read every version of the organisation with its change, in the order of the log."""
    with entered(office).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(LEAVES, [office.org.org_id]).fetchall()


def log_size(office: Office) -> int:
    row = entered(office).execute("select size from ledger.head where org_id = %s", [office.org.org_id])
    return int(row.fetchall()[0][0])
