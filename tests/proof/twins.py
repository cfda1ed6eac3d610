"""Two organisations with the same identifiers and codes, and no policies: what only the statements keep apart."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from proof import plainly
from proof.catalog import product
from proof.differences import DIFFERENT, END

_MISSING = {
    "tenancy.sub_org": "r.code = 'OURS'",
    "catalog.item": "r.code = 'OURS'",
    "catalog.location": "r.code like 'OURS%%'",
    "identity.principal": "r.name = 'ours'",
    "counting.count_line": "r.idempotency_key in ('again', 'recount')",
    "catalog.lot": "r.code = 'OURS'",
    "identity.assignment": "r.role = 'auditor'",
    "identity.role": "r.code = 'integration'",
    "identity.token": "r.role = 'break-glass' or r.created_at = (select max(x.created_at) from identity.token as x"
    " where x.org_id = r.org_id and x.created_by = r.created_by and x.role <> 'break-glass')",
    "tenancy.access_event": "r.at = (select max(x.at) from tenancy.access_event as x where x.org_id = r.org_id)",
    "identity.passkey_challenge": "true",
    "events.subscriber": "r.name = 'relay'",
    "ledger.approval_rule": "r.version > 2",
    "identity.break_glass_step": "true",
    "identity.scim_user": "r.user_name = 'ours'",
    "identity.scim_group": "r.display_name = 'ours'",
    "ledger.approval_request": "r.reason = 'ours'",
    "ledger.approval": "r.outcome = 'rejected'",
    "ledger.reservation": "r.reference = 'ours'",
    "ledger.movement": f"r.log_index >= {END}",
    "audit.version": f"r.log_index >= {END}",
    "keys.data_key": "r.id = '4e900000-0000-4000-8000-000000000021'",
    "identity.sign_in": "r.created_at ="
    " (select max(x.created_at) from identity.sign_in as x where x.org_id = r.org_id)",
    "identity.session": "r.created_at ="
    " (select max(x.created_at) from identity.session as x where x.org_id = r.org_id)",
}
# What no verb makes, and a routine reads.
_ADDED = (
    "insert into identity.assignment (org_id, id, principal_id, role, created_by)"
    " select p.org_id, gen_random_uuid(), p.id, a.role, p.created_by from identity.principal as p"
    " inner join (values ('Ada', 'auditor'), ('Bob', 'integration')) as a (name, role) on p.name = a.name"
    " where p.org_id = %s"
)


def add_twin(admin: psycopg.Connection[Any], org_id: str) -> str:
    """Copy an organisation, identifiers and all, as no product could; take the policies away."""
    # It comes after every other one, in whichever order rows are read.
    twin = f"f{org_id[1:]}"
    with admin.transaction():
        admin.execute("set local session_replication_role = replica")
        admin.execute("set local event_triggers = off")
        # Those that hold in a replica as well: what they ask for need not be so in a twin.
        triggers = admin.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger where tgenabled = 'A' and not tgisinternal"
        ).fetchall()
        for table, name in triggers:
            admin.execute(_switch("disable", table, name))
        plainly.say(admin, org_id)
        admin.execute(_ADDED, [org_id])
        # The copy leaves lines of its own in the record of changes, as every write does.
        admin.execute(
            "select set_config('velaurum.acting', format('{%%s,null,null}', %s::text), true)", [twin]
        )
        for table in tenant_tables():
            admin.execute(_copy(admin, table), {"org_id": org_id, "twin": twin})
            admin.execute(sql.SQL("alter table {} disable row level security").format(_identifier(table)))
        # A note that was erased, and that the twin still has.
        admin.execute(
            "delete from ledger.movement_note as n using ledger.movement as m where n.org_id = %s"
            " and m.org_id = n.org_id and m.id = n.movement_id and m.idempotency_key = 'receipt-0'",
            [org_id],
        )
        for table, name in triggers:
            admin.execute(_switch("enable always", table, name))
    return twin


def tenant_tables() -> list[str]:
    catalog = product()
    return [name for name in catalog.columns if catalog.is_tenant(name) and name not in catalog.views]


def _copy(admin: psycopg.Connection[Any], table: str) -> sql.Composed:
    columns = admin.execute(
        "select attname from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
        [table],
    ).fetchall()
    changes = {"org_id": "%(twin)s::uuid"} | DIFFERENT.get(table, {})
    values = [sql.SQL(changes[name]) if name in changes else sql.Identifier("r", name) for (name,) in columns]
    return sql.SQL(
        "insert into {} ({}) select {} from {} as r where r.org_id = %(org_id)s and not ({})"
    ).format(
        _identifier(table),
        sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns),
        sql.SQL(", ").join(values),
        _identifier(table),
        sql.SQL(_MISSING.get(table, "false")),
    )


def _switch(how: LiteralString, table: str, name: str) -> sql.Composed:
    return sql.SQL("alter table {} {} trigger {}").format(
        _identifier(table), sql.SQL(how), sql.Identifier(name)
    )


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
