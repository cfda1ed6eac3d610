"""The part of the scenario in which a directory keeps people and groups: its verbs, each called once or more."""

from dataclasses import replace

from proof import history_story, keys_story
from proof.rehearsals import rehearsed
from support.keyrings import keyring_within
from support.tenants import new_context
from velaurum.db.connection import Tx
from velaurum.identity import (
    principals,
    provisioners,
    scim_filters,
    scim_groups,
    scim_links,
    scim_mappings,
    scim_users,
)
from velaurum.identity.principals import NewPrincipal
from velaurum.identity.scim_links import NewLink
from velaurum.identity.scim_schemas import FullUser, Group
from velaurum.ledger import balances
from velaurum.tenancy.context import OrgContext


def run(outside: Tx, org: OrgContext) -> None:
    """Provision users and groups, map one to a role, hand somebody over, and take all of it away."""
    ruler = replace(org, permission="manage-identity")
    directory = new_context(outside, org.org_id, "provisioner", "provision")
    tx, directory = outside.enter(directory)
    provisioners.require(tx, directory)
    users = [
        scim_users.create(
            tx,
            directory,
            keyring_within(tx),
            {"userName": name, "externalId": name, "displayName": f"{name} of the directory"},
        )
        for name in ("lin", "max", "noor", "ours")
    ]
    lin, groups = users[0], _groups(tx, directory, [one.id for one in users])
    _find(tx, directory, lin.id, groups[0])
    for role in ("auditor", "integration"):
        _map(outside, ruler, groups[0], role)
    _link(outside, ruler)
    tx, directory = outside.enter(directory)
    scim_users.patch(tx, directory, keyring_within(tx), lin.id, None, _said("active", value=False))
    scim_users.patch(tx, directory, keyring_within(tx), lin.id, None, _said("displayName", value="Lin"))
    scim_groups.patch(tx, directory, groups[0], None, _said("displayName", value="Stores"))
    _rehearse(tx, directory, [one.id for one in users], groups)
    scim_groups.remove(tx, directory, groups[1], None)
    scim_users.remove(tx, directory, users[1].id, None)
    # Whom the twin still has, by the id; and by what it calls whom this one has.
    _find(tx, directory, users[1].id, groups[1], of=" of the twin")
    tx, reader = outside.enter(new_context(outside, org.org_id, "auditor", "read-assurance"))
    for when in ("immediate", "deferred"):
        tx.connection.execute(f"set constraints all {when}")
    history_story.of_directory(tx, reader, groups[0], balances.now(tx, reader).log_size)
    keys_story.rotate_texts(outside, org)


def _groups(tx: Tx, org: OrgContext, members: list[str]) -> list[str]:
    made = []
    for name in ("storekeepers", "gone", "ours"):
        body = {"displayName": name, "externalId": name, "members": [{"value": one} for one in members]}
        made.append(scim_groups.create(tx, org, body).id)
    return made


def _find(tx: Tx, org: OrgContext, user: str, group: str, of: str = "") -> None:
    for condition in (
        f'id eq "{user}"',
        'userName eq "lin"',
        'externalId eq "lin"',
        'displayName eq "noor of the directory"',
    ):
        scim_users.find(tx, org, keyring_within(tx), scim_filters.parsed(FullUser, condition))
    name = "stores" if of else "storekeepers"
    for condition in (
        f'id eq "{group}"',
        f'displayName eq "{name}{of}"',
        f'externalId eq "storekeepers{of}"',
    ):
        scim_groups.find(tx, org, scim_filters.parsed(Group, condition))
    scim_users.list_page(tx, org, skipped=0, limit=10)
    scim_groups.list_page(tx, org, skipped=0, limit=10)


def _map(outside: Tx, org: OrgContext, group: str, role: str) -> None:
    tx, org = outside.enter(org)
    made = scim_mappings.create(
        tx, org, group, role, "DEPARTMENT" if role == "auditor" else None, idempotency_key=f"map-{role}"
    ).require()
    scim_mappings.list_page(tx, org, group, after=scim_mappings.FIRST, limit=10)
    scim_mappings.list_groups(tx, org, after=scim_mappings.FIRST, limit=10)
    if role == "integration":
        scim_mappings.remove(tx, org, group, made.id)


def _link(outside: Tx, org: OrgContext) -> None:
    tx, org = outside.enter(org)
    made = []
    for n in range(2):
        person = principals.create(
            tx,
            org,
            keyring_within(tx),
            NewPrincipal(f"handed over {n}", "user"),
            idempotency_key=f"handed-{n}",
        ).require()
        new = NewLink(person.id, f"handed-{n}", "x")
        made.append(
            scim_links.link(tx, org, keyring_within(tx), new, idempotency_key=f"link-scim-{n}").require()
        )
    scim_links.list_page(tx, org, after=scim_links.FIRST, limit=10)
    scim_links.unlink(tx, org, made[1].id)


def _rehearse(tx: Tx, org: OrgContext, users: list[str], groups: list[str]) -> None:
    """Ask for what only one's own organisation has, and undo it."""
    for body in ({"userName": "ours"}, {"userName": "free"}):
        with rehearsed(tx):
            scim_users.create(tx, org, keyring_within(tx), body)
    for user in (users[0], users[3]):
        with rehearsed(tx):
            scim_users.remove(tx, org, user, None)
    for group in (groups[0], groups[2]):
        with rehearsed(tx):
            scim_groups.remove(tx, org, group, None)
    with rehearsed(tx):
        scim_groups.replace(
            tx, org, groups[0], None, {"displayName": "free", "members": [{"value": users[3]}]}
        )
    with rehearsed(tx):
        scim_users.patch(tx, org, keyring_within(tx), users[0], None, _said("active", value=True))


def _said(name: str, *, value: object) -> dict[str, object]:
    return {"Operations": [{"op": "replace", "path": name, "value": value}]}
