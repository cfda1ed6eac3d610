"""Attacks on what vouches for the logs: the meta-log, its time stamps, the keys that are said, and verifications."""

from attacks.attack import GOES_THROUGH, NO_RIGHT, REFUSED_BY_TRIGGER, Attack
from attacks.identity import AS_OPERATOR

_VERIFICATION = """
insert into audit.verification (
    org_id, id, began_at, ended_at, size, root, findings, codes, program, report_sha256, is_scheduled, actor_id
)
select p.org_id, gen_random_uuid(), now(), now(), 1, repeat('A', 43) || '=', 0, '{}', 'none', repeat('0', 64), true,
    p.id
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_KEY = """
insert into audit.log_key (org_id, id, state, verifier_key, public_key, stated_at, reason, actor_id)
select p.org_id, gen_random_uuid(), 'signing', 'log.example+00000000+AAAA', 'AAAA', now(), 'theirs', p.id
from identity.principal as p where p.created_by = p.id and p.org_id = current_setting('velaurum.org')::uuid
"""
_BY_OWNER = (NO_RIGHT, GOES_THROUGH, GOES_THROUGH)

LOG_ATTACKS = (
    Attack(
        "UPDATE a leaf of the meta-log", ("update platform.meta_leaf set entry = 'x'",), REFUSED_BY_TRIGGER
    ),
    Attack("DELETE leaves of the meta-log", ("delete from platform.meta_leaf",), REFUSED_BY_TRIGGER),
    Attack(
        "UPDATE a checkpoint of the meta-log",
        ("update platform.meta_checkpoint set note = 'x'",),
        REFUSED_BY_TRIGGER,
    ),
    Attack("UPDATE a tile of the meta-log", ("update platform.meta_tile set n = n",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a time stamp", ("update platform.meta_timestamp set reply = 'x'",), REFUSED_BY_TRIGGER),
    Attack("DELETE a time stamp", ("delete from platform.meta_timestamp",), REFUSED_BY_TRIGGER),
    Attack(
        "UPDATE the salt of an anchor", ("update audit.anchor set salt = sha256('x')",), REFUSED_BY_TRIGGER
    ),
    Attack("DELETE an anchor", ("delete from audit.anchor",), REFUSED_BY_TRIGGER),
    Attack("UPDATE what a log says of a key", ("update audit.log_key set reason = 'x'",), REFUSED_BY_TRIGGER),
    Attack("DELETE what a log says of a key", ("delete from audit.log_key",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a key that the log recommends",
        (AS_OPERATOR, _KEY),
        _BY_OWNER,
        "select exists (select from audit.version as v where v.subject = 'log-key')",
        "the entry, which cannot be taken away; no program adds a key to a policy, and the key signs no checkpoint",
    ),
    Attack(
        "UPDATE the findings of a verification",
        ("update audit.verification set (findings, codes) = (0, '{}')",),
        REFUSED_BY_TRIGGER,
    ),
    Attack(
        "UPDATE for whom an organisation was carried away",
        ("update audit.export set recipient = null",),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE an export", ("delete from audit.export",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE exports", ("truncate audit.export",), REFUSED_BY_TRIGGER),
    Attack("DELETE a verification", ("delete from audit.verification",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE verifications", ("truncate audit.verification",), REFUSED_BY_TRIGGER),
    Attack(
        "INSERT a verification that found nothing",
        (AS_OPERATOR, _VERIFICATION),
        _BY_OWNER,
        "select exists (select from audit.version as v where v.subject = 'verification')",
        "the entry, which cannot be taken away: no kept report has its hash, and the next verification says otherwise",
    ),
)
