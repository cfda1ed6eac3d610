"""What the twin of an organisation has otherwise, so that its rows can be told from those of the first."""

from proof import stock_keys_story

# Where the log of the twin ends: before what is called ours.
END = "(select min(x.log_index) from ledger.movement as x where x.org_id = r.org_id and x.reference = 'ours')"
# `to` is its organisation.
DIFFERENT = {
    **stock_keys_story.DIFFERENT,
    "tenancy.org": {"code": "'the-twin'"},
    "catalog.item": {"name": "r.name || ' of the twin'", "version": "1"},
    "catalog.pack": {
        "numerator": "r.numerator + 1",
        # What is one item's here is another one's there.
        "item_id": "case when r.unit = 'PK' then (select i.id from catalog.item as i where i.org_id = r.org_id"
        " and i.code = 'BOLT') else r.item_id end",
        "version": "1",
        "removed_at": "null",
        "removed_by": "null",
    },
    "catalog.location": {
        "name": "r.name || ' of the twin'",
        "version": "1",
        # There is more in the tree of the twin.
        "parent_id": "case when r.code = 'C' then (select p.id from catalog.location as p"
        " where p.org_id = r.org_id and p.code = 'A') else r.parent_id end",
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
        "row_after": """r.row_after || '{"name": "of the twin", "code": "TWIN", "expires_on": "2000-01-01"}'""",
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
    "ledger.period": {
        "version": "r.version + 50",
        "state": "case when r.state = 'soft-closed' then 'open' else r.state end",
    },
    "ledger.reservation": {
        "version": "r.version + 50",
        "quantity": "case when r.serial_id is null then r.quantity + 50 else 1 end",
        "remaining": "case when r.serial_id is null then r.remaining + 50 else 1 end",
    },
    "ledger.shipment": {
        "version": "r.version + 50",
        "posted": "case when r.code = 'SHIP-SENT' then 0 else r.posted end",
        "state": "case when r.code = 'SHIP-WAITS' then 'dispatched' else r.state end",
    },
    "ledger.shipment_line": {"quantity": "case when r.serial_id is null then r.quantity + 7 else 1 end"},
    "counting.count": {
        "opened_at_size": "0",
        "state": "case when r.code = 'APPROVED' then 'counted' else r.state end",
    },
    "counting.count_line": {
        "quantity": "case when r.serial_id is not null then 1 - r.quantity when r.idempotency_key <> 'free'"
        " then r.quantity + 7 else r.quantity end"
    },
    "ledger.decision": {"idempotency_key": "r.idempotency_key || '-of-the-twin'"},
    "ledger.head": {"size": END, "closed_until": "null", "soft_closed_until": "null"},
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
