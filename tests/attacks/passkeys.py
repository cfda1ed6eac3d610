"""Attacks on passkeys: one that nobody registered, another's key in the place of one, one that was never revoked."""

from attacks.attack import CONSTRAINT, GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, Attack
from attacks.identity import AS_OPERATOR
from attacks.passwords import KEY_OF_ALL, OWN_KEY, SEALED, SEALED_FOR_ALL, SEALED_OTHERWISE

_PASSKEY = """
insert into identity.passkey (org_id, id, principal_id, credential_id, public_key, transports, name, created_by)
select
    p.org_id, '00000000-0000-4000-8000-000000000002', p.id, decode(repeat('ab', 32), 'hex'),
    decode(repeat('cd', 77), 'hex'), '{{}}', {name}, {by}
from identity.principal as p where p.name = 'poster' and p.org_id = current_setting('velaurum.org')::uuid
"""
_PLANTED = (AS_OPERATOR, *OWN_KEY, _PASSKEY.format(name=SEALED, by="p.id"))
_USE = """
insert into identity.passkey_use (org_id, id, passkey_id, outcome, sign_count, is_backed_up, created_by)
select k.org_id, gen_random_uuid(), k.id, 'signed-in', 0, false, k.principal_id from identity.passkey as k
"""
_CHALLENGE = """
insert into identity.passkey_challenge (org_id, challenge_hash, purpose, expires_at)
select p.org_id, sha256('mine'), 'sign-in', clock_timestamp() + interval '1 year' from identity.principal as p limit 1
"""
_RENAME = "update identity.passkey set name = {name}"
_REVOKE = "update identity.passkey set revoked_at = clock_timestamp(), revoked_by = principal_id"

PASSKEY_ATTACKS = (
    Attack(
        "INSERT a passkey that nobody registered",
        _PLANTED,
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from identity.passkey as k where k.name like 'VE1.%')",
        "the row itself, which cannot be taken away, without a key that was decided and without a first use",
    ),
    Attack(
        "INSERT a passkey in the name of somebody else",
        (*OWN_KEY, _PASSKEY.format(name=SEALED, by="gen_random_uuid()")),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
    ),
    Attack(
        "INSERT a passkey with a name in plain",
        (AS_OPERATOR, _PASSKEY.format(name="'planted'", by="p.id")),
        (NO_RIGHT, CONSTRAINT, CONSTRAINT),
        caught_by="grants, triggers",
    ),
    Attack(
        "INSERT a passkey with a name under another key than its person's",
        (AS_OPERATOR, *KEY_OF_ALL, _PASSKEY.format(name=SEALED_FOR_ALL, by="p.id")),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE the name of a passkey",
        (*_PLANTED, _RENAME.format(name=SEALED_OTHERWISE)),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE the key of a passkey",
        (*_PLANTED, "update identity.passkey set public_key = decode(repeat('ee', 77), 'hex')"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE whose a passkey is",
        (*_PLANTED, "update identity.passkey set principal_id = gen_random_uuid()"),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE a revocation away",
        (*_PLANTED, _REVOKE, "update identity.passkey set revoked_at = null, revoked_by = null"),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE a passkey", ("delete from identity.passkey",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a use of a passkey",
        (*_PLANTED, _USE),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        caught_by="as above",
    ),
    Attack(
        "UPDATE a use of a passkey", ("update identity.passkey_use set sign_count = 0",), REFUSED_BY_TRIGGER
    ),
    Attack("DELETE a use of a passkey", ("delete from identity.passkey_use",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a challenge",
        (_CHALLENGE,),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        caught_by="nothing to catch: it opens nothing without a signature of a passkey",
    ),
)
