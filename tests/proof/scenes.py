"""Calls that no verb of the scenario makes, or not in the world that tells a routine from its mutant.

A scene is what `test_mutants_routines.py` asks for when it names a mutant that nothing sees: SQL that makes the two
organisations differ, and a call in the first of them (`worlds.py`). Each is played in both directions.
"""

from dataclasses import dataclass

from proof.worlds import HERE
from support.ledger_sql import APP

# Who manages identities here, as m: the principal and the credential that a routine is given.
MANAGER = (
    f"(select t.id, t.principal_id from identity.token as t where t.org_id = {HERE} and t.role = 'org-admin'"
    " and t.revoked_at is null order by t.id limit 1) as m"
)
# Somebody who works here and manages nothing, as t.
PASSER_BY = (
    f"(select t.id, t.principal_id from identity.token as t where t.org_id = {HERE} and t.role = 'storekeeper'"
    " and t.revoked_at is null order by t.id limit 1) as t"
)
DEPARTMENT = f"(select d.id from tenancy.sub_org as d where d.org_id = {HERE} and d.code = 'DEPARTMENT')"
BOB = "(select p.id from identity.principal as p where p.name = 'Bob' order by p.id limit 1)"
APPROVER = "(select p.id from identity.principal as p where p.name = 'approver' order by p.id limit 1)"


@dataclass(frozen=True, slots=True)
class Scene:
    """A call, as SQL; `world` comes before it, and `role` makes it."""

    name: str
    call: str
    world: str = ""
    role: str = APP


def disable(whom: str, departments: str, source: str) -> str:
    return (
        f"select identity.set_disabled({HERE}, m.principal_id, m.id, gen_random_uuid(), {whom}, true, {departments})"
        f" from {source}"
    )
