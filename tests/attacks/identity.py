"""Attacks on who may do what: a change that leaves no line, a line that is not true, rights given to oneself."""

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

_RENAMED = """
update identity.principal as p set name = 'somebody else'
where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
_AS_NOBODY = "select set_config('velaurum.acting', format('{%s,null,null}', gen_random_uuid()), true)"
AS_OPERATOR = """
select set_config('velaurum.acting', format('{%s,null,null}', p.id), true) from identity.principal as p
where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_RIGHTS_OF_ITS_OWN = """
insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)
select p.org_id, gen_random_uuid(), p.id, 'org-admin', sha256('x'), p.id, 'infinity'
from identity.principal as p where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
_ASSIGNMENT = """
insert into identity.assignment (org_id, id, principal_id, role, created_by)
select p.org_id, gen_random_uuid(), p.id, 'org-admin', p.id
from identity.principal as p where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""

IDENTITY_ATTACKS = (
    Attack("UPDATE the name of an actor, saying nothing", (_RENAMED,), REFUSED_BY_TRIGGER),
    Attack(
        "UPDATE the name of an actor as nobody that there is",
        (_AS_NOBODY, _RENAMED),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "UPDATE the name of an actor in somebody's name",
        (AS_OPERATOR, _RENAMED),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from audit.personal_value as v where v.value = 'somebody else')",
        "the record of changes: a line that cannot be taken away says what the name was, and whose name was used",
    ),
    Attack(
        "UPDATE a role as a replication role, saying nothing",
        ("set local session_replication_role = replica", "update identity.role set permissions = '{read}'"),
        (NO_RIGHT, NO_RIGHT, TRIGGER),
    ),
    Attack("UPDATE a change", ("update audit.change set actor_id = gen_random_uuid()",), REFUSED_BY_TRIGGER),
    Attack("DELETE a change", ("delete from audit.change",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE changes", ("truncate audit.change cascade",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a version", ("update audit.version set action = 'found'",), REFUSED_BY_TRIGGER),
    Attack("DELETE a version", ("delete from audit.version",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE versions", ("truncate audit.version",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a personal value", ("update audit.personal_value set value = 'x'",), REFUSED_BY_TRIGGER),
    Attack(
        "DELETE a personal value",
        ("delete from audit.personal_value",),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select not exists (select from audit.personal_value)",
        "allowed for erasure; the entry keeps the value's commitment, so the gap shows",
    ),
    Attack(
        "DISABLE TRIGGER that gives changes their place",
        ("alter table audit.change disable trigger change_is_numbered",),
        REFUSED_BY_FENCE,
    ),
    Attack("DELETE a token", ("delete from identity.token",), REFUSED_BY_TRIGGER),
    Attack("DELETE an assignment", ("delete from identity.assignment",), REFUSED_BY_TRIGGER),
    Attack("DELETE a role", ("delete from identity.role",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a token for its own maker",
        (AS_OPERATOR, _RIGHTS_OF_ITS_OWN),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "INSERT an assignment for its own maker",
        (AS_OPERATOR, _ASSIGNMENT),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "DISABLE TRIGGER on principals, then UPDATE one",
        ("alter table identity.principal disable trigger change_is_recorded", _RENAMED),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "UPDATE pg_trigger, then the name of an actor",
        (
            "set local allow_system_table_mods = on",
            "update pg_catalog.pg_trigger set tgenabled = 'D' where tgname = 'change_is_recorded'",
            "update pg_catalog.pg_class set relname = relname where oid = 'identity.principal'::regclass",
            _RENAMED,
        ),
        SUPERUSER_ONLY,
        "select exists (select from identity.principal as p where p.name = 'somebody else')",
        "nothing yet: changes of rights are not in the signed log",
    ),
)
