"""Attacks on break-glass: the role without the glass, one person as both, a window that is longer or never seen."""

import re
from dataclasses import replace

from attacks.attack import (
    CONSTRAINT,
    GOES_THROUGH,
    NO_RIGHT,
    REFUSED_BY_FENCE,
    REFUSED_BY_TRIGGER,
    SUPERUSER_ONLY,
    TRIGGER,
    Attack,
)

_IDS = {
    "$FIRST": "00000000-0000-4000-8000-0000000000a1",
    "$SECOND": "00000000-0000-4000-8000-0000000000a2",
    "$GLASS": "00000000-0000-4000-8000-0000000000a3",
}
_ID = re.compile(r"\$[A-Z]+")
_REFUSED_BY_CONSTRAINT = (NO_RIGHT, CONSTRAINT, CONSTRAINT)
_ADMINISTRATORS = """
insert into platform.administrator (id, name, secret_hash, created_by)
select x.id::uuid, x.id, sha256(convert_to(x.id, 'UTF8')), 'nobody'
from unnest(array['$FIRST', '$SECOND']) as x (id)
"""
_PRINCIPALS = """
insert into identity.principal (org_id, id, kind, name, created_by)
select p.org_id, x.id::uuid, 'user', 'erased', p.id
from identity.principal as p cross join unnest(array['$FIRST', '$SECOND']) as x (id)
where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
# The record of changes wants to know who acts; an attacker says what suits them.
_ACTING = """
select set_config('velaurum.acting', format('{%s,null,null}', p.id), true) from identity.principal as p
where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_REQUEST = """
insert into identity.break_glass (org_id, id, reason, life, requested_by, credential_id, request_id)
select p.org_id, '$GLASS', 'out of curiosity', '1 hour', '$FIRST', '$FIRST', gen_random_uuid()
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_STEP = """
insert into identity.break_glass_step (
    org_id, id, step, requested_by, actor_id, credential_id, request_id, at, expires_at
)
select b.org_id, b.id, '{step}', '$FIRST', '{by}', '{by}', gen_random_uuid(), m.at, {expires}
from identity.break_glass as b cross join (values (clock_timestamp())) as m (at)
"""
_ROLE = """
insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
select p.org_id, gen_random_uuid(), 'break-glass', 'Break-glass', array[{permissions}], true, p.id, p.id
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_CREDENTIAL = """
insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
select b.org_id, b.id, b.requested_by, 'break-glass', sha256('x'), s.actor_id, {expires}
from identity.break_glass as b inner join identity.break_glass_step as s on b.org_id = s.org_id and b.id = s.id
where s.step = 'approved'
"""
_LOOSE = """
insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
select t.org_id, gen_random_uuid(), t.principal_id, 'break-glass', t.secret_hash, t.created_by, 'infinity'
from identity.token as t where t.org_id = current_setting('velaurum.org')::uuid limit 1
"""
_APPROVED = _STEP.format(step="approved", by="$SECOND", expires="m.at + interval '1 hour'")
_COLLECTED = _STEP.format(step="collected", by="$FIRST", expires="null")
_REQUESTED = (_ADMINISTRATORS, _ACTING, _PRINCIPALS, _REQUEST)
_OPEN = (*_REQUESTED, _APPROVED, _ROLE.format(permissions="'read', 'read-assurance'"), _COLLECTED)
_READS = "select exists (select from identity.token as t where t.role = 'break-glass')"


def _on_rows(name: str, statement: str) -> Attack:
    return Attack(name, (statement,), REFUSED_BY_TRIGGER)


_ATTACKS = (
    _on_rows(
        "INSERT a token with the role break-glass",
        _LOOSE,
    ),
    _on_rows("UPDATE a token to the role break-glass", "update identity.token set role = 'break-glass'"),
    _on_rows(
        "INSERT an assignment of the role break-glass",
        "insert into identity.assignment (org_id, id, principal_id, role, created_by)"
        " select t.org_id, gen_random_uuid(), t.principal_id, 'break-glass', t.created_by"
        " from identity.token as t where t.org_id = current_setting('velaurum.org')::uuid limit 1",
    ),
    Attack(
        "INSERT the role break-glass with the right to post",
        (_ROLE.format(permissions="'read', 'post'"),),
        _REFUSED_BY_CONSTRAINT,
    ),
    Attack(
        "INSERT a break-glass of somebody who is no administrator",
        (_ACTING, _PRINCIPALS, _REQUEST),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an approval of one's own break-glass",
        (*_REQUESTED, _STEP.format(step="approved", by="$FIRST", expires="m.at + interval '1 hour'")),
        _REFUSED_BY_CONSTRAINT,
    ),
    Attack(
        "INSERT an approval of a break-glass in the name of another",
        (
            *_REQUESTED,
            _APPROVED.replace("'$SECOND', '$SECOND'", "'$SECOND', '$FIRST'"),
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an approval for longer than was asked",
        (*_REQUESTED, _STEP.format(step="approved", by="$SECOND", expires="m.at + interval '3 hours'")),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT a token that outlives its break-glass",
        (*_OPEN, _CREDENTIAL.format(expires="s.expires_at + interval '1 second'")),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE a token of a break-glass to live longer",
        (
            *_OPEN,
            _CREDENTIAL.format(expires="s.expires_at"),
            "update identity.token set expires_at = 'infinity' where role = 'break-glass'",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT a break-glass as a replication role",
        ("set local session_replication_role = replica", _ACTING, _PRINCIPALS, _REQUEST),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    _on_rows("UPDATE a break-glass", "update identity.break_glass set reason = 'maintenance'"),
    _on_rows("DELETE a break-glass", "delete from identity.break_glass"),
    _on_rows("UPDATE a step of a break-glass", "update identity.break_glass_step set at = 'epoch'"),
    _on_rows("DELETE a step of a break-glass", "delete from identity.break_glass_step"),
    _on_rows("TRUNCATE break-glasses", "truncate identity.break_glass cascade"),
    Attack(
        "UPDATE an administrator",
        (
            _ADMINISTRATORS,
            "update platform.administrator set secret_hash = sha256('x') where id = '$FIRST'",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "DELETE an administrator",
        (
            _ADMINISTRATORS,
            "delete from platform.administrator where id = '$FIRST'",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT two administrators, and break the glass as both",
        (*_OPEN, _CREDENTIAL.format(expires="s.expires_at")),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        _READS,
        "the organisation: its list has the break-glass with both names from its first row on, and nothing removes it",
    ),
    Attack(
        "DISABLE TRIGGER on break-glass",
        ("alter table identity.break_glass_step disable trigger user",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "DROP CONSTRAINT of the second person of a break-glass",
        ("alter table identity.break_glass_step drop constraint break_glass_step_second_person_check",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "UPDATE pg_trigger, then a token with the role break-glass",
        (
            _ACTING,
            "set local allow_system_table_mods = on",
            "update pg_catalog.pg_trigger set tgenabled = 'D' where tgname = 'token_of_break_glass_is_its_own'",
            "update pg_catalog.pg_class set relname = relname where oid = 'identity.token'::regclass",
            _ROLE.format(permissions="'read', 'read-assurance'"),
            _LOOSE,
        ),
        SUPERUSER_ONLY,
        _READS,
        "a token of the role without a break-glass of its id, which anybody who reads the tables can count",
    ),
)
BREAK_GLASS_ATTACKS = tuple(
    replace(one, steps=tuple(_ID.sub(lambda found: _IDS[found[0]], step) for step in one.steps))
    for one in _ATTACKS
)
