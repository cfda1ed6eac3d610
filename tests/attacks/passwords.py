"""Attacks on passwords: one that nobody chose, another's in the place of one, what was used once used again."""

from attacks.attack import CONSTRAINT, GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, Attack

_AS_OPERATOR = """
select set_config('velaurum.acting', format('{%s,null,null}', p.id), true) from identity.principal as p
where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_INVITATION = """
insert into identity.invitation (org_id, id, principal_id, login, login_index, secret_hash, created_by, expires_at)
select
    p.org_id, '00000000-0000-4000-8000-000000000003', p.id, {login}, sha256('planted'), sha256('mine'), {by},
    clock_timestamp() + interval '1 hour'
from identity.principal as p
inner join identity.principal as o on p.org_id = o.org_id and o.created_by = o.id
where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
_SET = """
insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)
select
    p.org_id, gen_random_uuid(), p.id, {login}, sha256('planted'), decode(repeat('ab', 64), 'hex'),
    '00000000-0000-4000-8000-000000000003', {by}
from identity.principal as p
inner join identity.principal as o on p.org_id = o.org_id and o.created_by = o.id
where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
_WRAPPING_KEY = """
insert into keys.wrapping_key (org_id, id, provider, name, key_version, state, retired_at)
select current_setting('velaurum.org')::uuid, '00000000-0000-4000-8000-000000000005', 'planted', 'x', 'x', 'retired',
    clock_timestamp()
"""
_POSTER = (
    "(select p.id from identity.principal as p"
    " where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid)"
)
_DATA_KEY = f"""
insert into keys.data_key (org_id, id, subject_id, version, wrapped, wrapping_key_id)
select
    current_setting('velaurum.org')::uuid, '00000000-0000-4000-8000-000000000006',
    {_POSTER}, 1, decode(repeat('ab', 64), 'hex'), '00000000-0000-4000-8000-000000000005'
"""
_DATA_KEY_OF_ALL = """
insert into keys.data_key (org_id, id, version, state, retired_at, wrapped, wrapping_key_id)
select
    current_setting('velaurum.org')::uuid, '00000000-0000-4000-8000-000000000008', 99, 'opens-only', clock_timestamp(),
    decode(repeat('ab', 64), 'hex'), '00000000-0000-4000-8000-000000000005'
"""
OWN_KEY = (_AS_OPERATOR, _WRAPPING_KEY, _DATA_KEY)
KEY_OF_ALL = (_AS_OPERATOR, _WRAPPING_KEY, _DATA_KEY_OF_ALL)
SEALED = (
    "'VE1.' || encode(sha256('planted'), 'base64') || '.'"
    " || encode(decode('56450101' || '00000000000040008000000000000006' || repeat('ab', 34), 'hex'), 'base64')"
)
_FACTOR = """
insert into identity.second_factor (org_id, id, principal_id, sealed, last_step, created_by, confirmed_at)
select
    p.org_id, '00000000-0000-4000-8000-000000000004', p.id,
    decode('56450101' || '00000000000040008000000000000008' || repeat('ab', 64), 'hex'), 60, p.id,
    clock_timestamp()
from identity.principal as p where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
SEALED_FOR_ALL = SEALED.replace("000000000006'", "000000000008'")
SEALED_OTHERWISE = SEALED.replace("sha256('planted')", "sha256('otherwise')")
_RECOVERY_CODE = """
insert into identity.recovery_code (org_id, id, second_factor_id, code_hash, created_by, used_at)
select f.org_id, gen_random_uuid(), f.id, sha256('mine'), f.created_by, clock_timestamp()
from identity.second_factor as f
"""
_FAILURE = """
insert into identity.sign_in_failure (org_id, key_hash, kind, owed_until, blocked_until)
values (current_setting('velaurum.org')::uuid, sha256('poster'), 'login', 'infinity', 'infinity')
"""
_INVITED = (_AS_OPERATOR, *OWN_KEY, _INVITATION.format(by="o.id", login=SEALED))
_PLANTED = (*_INVITED, _SET.format(by="p.id", login=SEALED))

PASSWORD_ATTACKS = (
    Attack(
        "INSERT an invitation of oneself",
        (*OWN_KEY, _INVITATION.format(by="p.id", login=SEALED)),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "INSERT a password that nobody was invited to set",
        (_AS_OPERATOR, *OWN_KEY, _SET.format(by="p.id", login=SEALED)),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "INSERT a password for somebody else",
        (*_INVITED, _SET.format(by="o.id", login=SEALED)),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "INSERT an invitation and a password in somebody's name",
        _PLANTED,
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select count(*) = 2 from audit.personal_value as v where v.name = 'login' and v.value like 'VE1.%'",
        "the record of changes: two lines that cannot be taken away, and the invitation that nobody redeemed",
    ),
    Attack(
        "INSERT a password, saying nothing",
        (*_INVITED, "select set_config('velaurum.acting', '', true)", _SET.format(by="p.id", login=SEALED)),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "INSERT an invitation with a login in plain",
        (_AS_OPERATOR, _INVITATION.format(by="o.id", login="'planted'")),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
        caught_by="grants, triggers",
    ),
    Attack(
        "INSERT an invitation with a login under another key than its person's",
        (_AS_OPERATOR, *KEY_OF_ALL, _INVITATION.format(by="o.id", login=SEALED_FOR_ALL)),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE an invitation to be redeemed again",
        (
            *_INVITED,
            "update identity.invitation set redeemed_at = clock_timestamp()",
            "update identity.invitation set redeemed_at = null",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE whose a password is",
        (*_PLANTED, "update identity.password set principal_id = gen_random_uuid()"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE a password that was revoked",
        (
            *_PLANTED,
            "update identity.password set revoked_at = clock_timestamp(), revoked_by = principal_id, phc = null",
            "update identity.password set revoked_at = null, revoked_by = null, phc = decode(repeat('ab', 64), 'hex')",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE a second factor to a step that was used",
        (_AS_OPERATOR, *KEY_OF_ALL, _FACTOR, "update identity.second_factor set last_step = 59"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE a recovery code to be used again",
        (
            _AS_OPERATOR,
            *KEY_OF_ALL,
            _FACTOR,
            _RECOVERY_CODE,
            "update identity.recovery_code set used_at = null",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE an invitation", ("delete from identity.invitation",), REFUSED_BY_TRIGGER),
    Attack("DELETE a password", ("delete from identity.password",), REFUSED_BY_TRIGGER),
    Attack("DELETE a second factor", ("delete from identity.second_factor",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a second factor under a key that there is not", (_AS_OPERATOR, _FACTOR), REFUSED_BY_TRIGGER
    ),
    Attack(
        "UPDATE an erased key to be another one",
        (
            *OWN_KEY,
            f"select keys.erase_subject(current_setting('velaurum.org')::uuid, {_POSTER})",
            "update keys.data_key set state = 'active', wrapped = decode(repeat('cd', 64), 'hex'), ended_at = null",
        ),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE whose a data key is",
        (*OWN_KEY, "update keys.data_key set subject_id = null"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE with which share a data key is split",
        (*OWN_KEY, "update keys.data_key set share_seal = decode(repeat('cd', 28), 'hex')"),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE a data key", ("delete from keys.data_key",), REFUSED_BY_TRIGGER),
    Attack("DELETE a recovery code", ("delete from identity.recovery_code",), REFUSED_BY_TRIGGER),
    Attack(
        "DELETE the failures of signing in",
        (_FAILURE, "delete from identity.sign_in_failure"),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select not exists (select from identity.sign_in_failure)",
        "nothing to catch: what is gone is a delay, and the owner needs no guess to write a password",
    ),
)
