"""Attacks on the second person: a movement that nobody approved, an approval by the wrong hand, a softer rule."""

from attacks.attack import (
    GOES_THROUGH,
    NO_RIGHT,
    REFUSED_BY_FENCE,
    REFUSED_BY_TRIGGER,
    SUPERUSER_ONLY,
    TRIGGER,
    Attack,
)
from attacks.identity import AS_OPERATOR

_RULE = """
insert into ledger.approval_rule (org_id, kind, version, is_required, created_by, credential_id, request_id)
select m.org_id, 'scrap', 2, {required}, m.actor_id, m.credential_id, m.request_id
from ledger.movement as m where m.source_seq is null and m.target_seq = 1
"""
_SCRAPPED = """
insert into ledger.movement
select (jsonb_populate_record(m, jsonb_build_object(
    'log_index', 1000, 'id', gen_random_uuid(), 'idempotency_key', 'scrapped', 'kind', 'scrap', 'reason', 'gone',
    'approval_id', {approval}
))).*
from ledger.movement as m where m.source_seq is null and m.target_seq = 1
"""
_REQUEST = """
insert into ledger.approval_request (
    org_id, id, kind, item_id, source_id, target_id, quantity, unit, reason, request_hash, requested_by,
    credential_id, request_id, expires_at
)
select
    m.org_id, '00000000-0000-4000-8000-000000000001', 'scrap', m.item_id, m.target_id, m.source_id, {quantity}, m.unit,
    'gone', ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, '{{"kind": "scrap", "reason": "gone"}}'),
        m.item_id, 1, m.target_id, m.source_id, null, null, null, null, null, null
    ), m.actor_id, m.credential_id, m.request_id, clock_timestamp() + interval '1 day'
from ledger.movement as m where m.source_seq is null and m.target_seq = 1
"""
_APPROVAL = """
insert into ledger.approval (org_id, id, outcome, requested_by, decided_by, credential_id, request_id)
select r.org_id, r.id, 'approved', r.requested_by, {by}, r.credential_id, r.request_id
from ledger.approval_request as r
"""
_STANDS = "select exists (select from ledger.movement as m where m.idempotency_key = 'scrapped')"
_IN_FORCE = _RULE.format(required="true")
_UNAPPROVED = _SCRAPPED.format(approval="null")

APPROVAL_ATTACKS = (
    Attack(
        "INSERT a movement that needs an approval", (AS_OPERATOR, _IN_FORCE, _UNAPPROVED), REFUSED_BY_TRIGGER
    ),
    Attack(
        "INSERT a movement with an approval that nobody asked for",
        (_SCRAPPED.format(approval="gen_random_uuid()"),),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT a movement with an approval that nobody gave",
        (
            AS_OPERATOR,
            _REQUEST.format(quantity=1),
            _SCRAPPED.format(approval="'00000000-0000-4000-8000-000000000001'"),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an unapproved movement as a replication role",
        ("set local session_replication_role = replica", AS_OPERATOR, _IN_FORCE, _UNAPPROVED),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    Attack(
        "INSERT a request that shows another movement",
        (
            AS_OPERATOR,
            _REQUEST.format(quantity=2),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an approval of one's own request",
        (AS_OPERATOR, _REQUEST.format(quantity=1), _APPROVAL.format(by="r.requested_by")),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an approval in the name of somebody else",
        (
            AS_OPERATOR,
            _REQUEST.format(quantity=1),
            _APPROVAL.format(
                by="(select p.id from identity.principal as p where p.id <> r.requested_by limit 1)"
            ),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack("UPDATE an approval", ("update ledger.approval set outcome = 'approved'",), REFUSED_BY_TRIGGER),
    Attack("DELETE an approval", ("delete from ledger.approval",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a request", ("update ledger.approval_request set quantity = 1",), REFUSED_BY_TRIGGER),
    Attack("DELETE a request", ("delete from ledger.approval_request",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a rule", ("update ledger.approval_rule set is_required = false",), REFUSED_BY_TRIGGER),
    Attack("DELETE a rule", ("delete from ledger.approval_rule",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a rule that asks for nothing",
        (AS_OPERATOR, _IN_FORCE, _RULE.replace(" 2, ", " 3, ").format(required="false"), _UNAPPROVED),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        _STANDS,
        "the rule's own row, which cannot be taken away; like every other row that the owner adds, the signed log",
    ),
    Attack(
        "DISABLE TRIGGER on approvals",
        ("alter table ledger.movement disable trigger movement_is_approved",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "DROP CONSTRAINT of the second person",
        ("alter table ledger.approval drop constraint approval_second_person_check",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "UPDATE pg_trigger, then an unapproved movement",
        (
            "set local allow_system_table_mods = on",
            "update pg_catalog.pg_trigger set tgenabled = 'D' where tgname = 'movement_is_approved'",
            "update pg_catalog.pg_class set relname = relname where oid = 'ledger.movement'::regclass",
            AS_OPERATOR,
            _IN_FORCE,
            _UNAPPROVED,
        ),
        SUPERUSER_ONLY,
        _STANDS,
        "a movement above a rule without an approval, which anybody who reads the ledger can count",
    ),
)
