"""Two organisations with the same identifiers and codes, and no policies: what only the statements keep apart."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from proof import plainly, stock_keys_story
from proof.catalog import product

# Where the log of the twin ends: before what is called ours.
_END = (
    "(select min(x.log_index) from ledger.movement as x where x.org_id = r.org_id and x.reference = 'ours')"
)
# What the twin has otherwise, so that its rows can be told from those of the first; `to` is its organisation.
_DIFFERENT = {
    **stock_keys_story.DIFFERENT,
    "tenancy.org": {"code": "'the-twin'"},
    "catalog.item": {"name": "r.name || ' of the twin'", "version": "1"},
    "catalog.pack": {
        "numerator": "r.numerator + 1",
        "version": "1",
        "removed_at": "null",
        "removed_by": "null",
    },
    "catalog.location": {
        "name": "r.name || ' of the twin'",
        "version": "1",
        "sub_org_id": "case when r.holds_stock and r.sub_org_id is null then (select s.id from tenancy.sub_org as s"
        " where s.org_id = r.org_id and s.parent_id is null) end",
    },
    "tenancy.sub_org": {"name": "r.name || ' of the twin'", "version": "1"},
    "identity.principal": {
        "version": "1",
        "kind": "case when r.name = 'robot' then 'user' when r.kind = 'service' then 'process' else r.kind end",
    },
    # Who approves made the credential that posts there, and who posts made that which approves.
    "identity.token": {
        "revoked_at": "null",
        "revoked_by": "null",
        "created_by": "(select x.id from identity.principal as x where x.org_id = r.org_id and x.name ="
        " case when r.role = 'storekeeper' then 'approver' else 'storekeeper' end order by x.id limit 1)",
    },
    "identity.session": {
        "ended_at": "null",
        "ended_by": "null",
        "seen_at": "r.seen_at - interval '20 minutes'",
    },
    "identity.passkey": {"name": "r.name || ' of the twin'", "revoked_at": "null", "revoked_by": "null"},
    "identity.passkey_use": {
        "id": "('f' || substr(r.id::text, 2))::uuid",
        "outcome": "case when r.outcome = 'registered' then 'regressed' else r.outcome end",
        "is_backed_up": "not r.is_backed_up",
        "created_at": "r.created_at + interval '1 hour'",
    },
    "identity.role": {"name": "r.name || ' of the twin'", "version": "1"},
    "identity.assignment": {"revoked_at": "null", "revoked_by": "null"},
    "audit.change": {
        "request_id": "gen_random_uuid()",
        "row_after": """r.row_after || '{"name": "of the twin"}'""",
    },
    "audit.version": {"recorded_at": "r.recorded_at + interval '1 microsecond'"},
    # The twin's are the first and the last of all.
    "audit.checkpoint": {
        "incarnation": "case when r.size = 1 then 1 when r.size = (select max(x.size) from audit.checkpoint as x"
        " where x.org_id = r.org_id) then 2 else 0 end",
        "note": "r.note || ' of the twin'",
    },
    "audit.cosignature": {
        "incarnation": "case when r.size = 1 then 1 else 2 end",
        "line": "r.line || ' of the twin'",
        "kept_at": "r.kept_at - interval '1 hour'",
    },
    "audit.incarnation": {"number": "r.number + 5"},
    "audit.anchor": {
        "incarnation": "2",
        "leaf_index": "r.leaf_index + 10",
        "salt": "sha256(r.salt)",
    },
    # The twin's are other ones, and the newest of all are among them.
    "audit.verification": {
        "id": "('f' || substr(r.id::text, 2))::uuid",
        "findings": "r.findings + 7",
        "codes": "array['leaf-differs']",
        "program": "r.program || ' of the twin'",
    },
    # The twin was carried away for others.
    "audit.export": {"id": "('e' || substr(r.id::text, 2))::uuid", "recipient": "r.recipient || 'twin'"},
    # What waits there waits longer, and is asked for otherwise.
    "jobs.job": {"tag": "r.tag + 100", "payload": '\'{"of": "the twin"}\'', "progress_done": "7"},
    # No secret of the first opens anything there.
    "jobs.integration_job": {
        "payload": '\'{"of": "the twin"}\'',
        "attempts": "r.attempts + 10",
        "callback_secret_hash": "sha256(r.callback_secret_hash)",
    },
    "jobs.integration_step": {"number": "r.number + 50", "created_at": "r.created_at + interval '1 hour'"},
    "audit.personal_value": {
        "value": "case when r.salt is null then overlay(r.value placing 'twin' from 5 for 4)"
        " when r.name = 'attributes' then r.value else r.value || ' of the twin' end"
    },
    "events.subscriber": {"after_index": "-1"},
    "events.inbox": {"message_id": "r.message_id || '-of-the-twin'"},
    "transport.queue": {"published_through": "r.published_through + 1"},
    "transport.message": {"subject": "r.subject || ' of the twin'"},
    # Another provider's, and of another time; the twin lacks a key that has to go.
    # The twin released what is held here, and erased at another time.
    "identity.legal_hold": {
        "id": "('f' || substr(r.id::text, 2))::uuid",
        "action": "case when r.action = 'placed' then 'released' else 'placed' end",
        "reason": "r.reason || ' of the twin'",
    },
    # Who is restricted here is not there.
    "identity.restriction": {
        "id": "('f' || substr(r.id::text, 2))::uuid",
        "action": "case when r.action = 'placed' then 'lifted' else 'placed' end",
        "reason": "r.reason || ' of the twin'",
    },
    "identity.erasure": {"erased_at": "r.erased_at - interval '1 hour'"},
    "keys.wrapping_key": {
        "name": "r.name || '-of-the-twin'",
        "created_at": "r.created_at + interval '1 hour'",
        "retired_at": "r.retired_at - interval '1 hour'",
    },
    "keys.data_key": {
        "wrapped": "r.wrapped || sha256(r.wrapped)",
        "sealed_count": "r.sealed_count + 7",
        "retired_at": "r.retired_at - interval '1 hour'",
    },
    "identity.token_use": {"last_used_at": "r.last_used_at - interval '1 hour'"},
    "identity.provider": {
        "name": "r.name || ' of the twin'",
        "version": "1",
        "disabled_at": "case when r.code = 'idp' then r.created_at end",
        "disabled_by": "case when r.code = 'idp' then r.created_by end",
    },
    "identity.provider_subject": {"removed_at": "null", "removed_by": "null"},
    "identity.password": {
        "phc": "case when r.login <> 'grace' then r.phc || r.phc end",
        "revoked_at": "case when r.login = 'grace' then r.created_at end",
        "revoked_by": "case when r.login = 'grace' then r.created_by end",
    },
    "identity.second_factor": {
        "sealed": "r.sealed || r.sealed",
        "confirmed_at": "r.confirmed_at + interval '1 hour'",
    },
    # What the directory of the twin says of the same people is something else, and it is at other versions.
    "identity.scim_user": {
        "removed_at": "null",
        "removed_by": "null",
        "version": "r.version + 10",
        "attributes": """case when r.attributes is not null then '{"title": "of the twin"}' end""",
        "user_name": "r.user_name || ' of the twin'",
        "user_name_index": "sha256(r.user_name_index)",
        "external_id": "r.external_id || ' of the twin'",
        "external_id_index": "sha256(r.external_id_index)",
        "display_name_index": "sha256(r.display_name_index)",
    },
    "identity.scim_group": {
        "removed_at": "null",
        "removed_by": "null",
        "version": "r.version + 10",
        "display_name": "r.display_name || ' of the twin'",
        "display_name_key": "r.display_name_key || ' of the twin'",
        "external_id": "r.external_id || ' of the twin'",
    },
    "identity.scim_mapping": {"removed_at": "null", "removed_by": "null"},
    "identity.sign_in": {"used_at": "null", "return_to": "r.return_to || 'of-the-twin'"},
    "audit.tile": {"node_hashes": "sha256(r.node_hashes) || substring(r.node_hashes from 33)"},
    "counting.count": {
        "opened_at_size": "0",
        "state": "case when r.code = 'APPROVED' then 'counted' else r.state end",
    },
    "counting.count_line": {
        "quantity": "case when r.serial_id is not null then 1 - r.quantity when r.idempotency_key <> 'free'"
        " then r.quantity + 7 else r.quantity end"
    },
    "ledger.decision": {"idempotency_key": "r.idempotency_key || '-of-the-twin'"},
    "ledger.head": {"size": _END},
    "webhooks.endpoint": {
        "name": "r.name || ' of the twin'",
        "version": "1",
        "generation": "r.generation + 5",
        "from_index": "0",
    },
    # What waits there waits longer, and was tried otherwise.
    "webhooks.delivery": {
        "attempts": "r.attempts + 10",
        "tried_at": "coalesce(r.tried_at, r.created_at)",
        "due_at": "r.due_at - interval '1 hour'",
        "type": "'velaurum.twin'",
        "body": """'{"of": "the twin"}'""",
    },
    "webhooks.attempt": {"number": "r.number + 50", "latency_ms": "r.latency_ms + 100"},
    "webhooks.act": {"action": "'redelivered'", "created_at": "r.created_at + interval '1 hour'"},
    "ledger.movement_note": {"sealed": "r.sealed || ' of the twin'"},
}
# Rows that the twin lacks, so that what the first did can happen there for the first time, and what is called ours.
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
    "ledger.movement": f"r.log_index >= {_END}",
    "audit.version": f"r.log_index >= {_END}",
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
    changes = {"org_id": "%(twin)s::uuid"} | _DIFFERENT.get(table, {})
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
