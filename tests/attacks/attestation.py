"""Attacks on what is attested: events that are changed or made up, counts that fall, a witness that forgets."""

from attacks.attack import (
    GOES_THROUGH,
    NO_RIGHT,
    REFUSED_BY_FENCE,
    REFUSED_BY_TRIGGER,
    ROW_SECURITY,
    SUPERUSER_ONLY,
    Attack,
)

_BOOT = """
insert into platform.boot (id, release, registry_hash) values
('00000000-0000-4000-8000-000000000001', '0', sha256(''))
"""
_TALLY = """
insert into platform.statement_tally (boot_id, statement, types, calls, unanswered) values
('00000000-0000-4000-8000-000000000001', 'x', '{}', 5, 0)
"""
_EVENT = """
jsonb_build_array(jsonb_build_object(
    'at', now(), 'id', gen_random_uuid(), 'request_ids', array[gen_random_uuid()], 'operations', array['getItem'],
    'actor_ids', array[gen_random_uuid()], 'credential_ids', array[gen_random_uuid()], 'statuses', array[200],
    'statements', 2, 'applied', 2, 'exempt', 0
))
"""
_RECORD = f"""
select tenancy.record_access({{org}}, gen_random_uuid(), 'forged', sha256(''), {_EVENT})
"""
_OWN = "current_setting('velaurum.org')::uuid"
_ANOTHERS = """
(select o.org_id from tenancy.org as o where o.org_id <> current_setting('velaurum.org')::uuid limit 1)
"""

ATTESTATION_ATTACKS = (
    Attack("UPDATE an access event", ("update tenancy.access_event set applied = 1",), REFUSED_BY_TRIGGER),
    Attack("DELETE an access event", ("delete from tenancy.access_event",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE access events", ("truncate tenancy.access_event cascade",), REFUSED_BY_TRIGGER),
    Attack("UPDATE a sighting", ("update tenancy.sighting set day = day - 1",), REFUSED_BY_TRIGGER),
    Attack("DELETE a sighting", ("delete from tenancy.sighting",), REFUSED_BY_TRIGGER),
    Attack("TRUNCATE sightings", ("truncate tenancy.sighting",), REFUSED_BY_TRIGGER),
    Attack(
        "lower a count of statements",
        (_BOOT, _TALLY, "update platform.statement_tally set calls = 4"),
        REFUSED_BY_TRIGGER,
    ),
    Attack("DELETE a count of statements", ("delete from platform.statement_tally",), REFUSED_BY_TRIGGER),
    Attack("DELETE a process that ran", ("delete from platform.boot",), REFUSED_BY_TRIGGER),
    Attack(
        "DISABLE TRIGGER on access events",
        ("alter table tenancy.access_event disable trigger access_event_is_append_only",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "record an access event that never was",
        (_RECORD.format(org=_OWN),),
        (GOES_THROUGH, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from tenancy.access_event as a where a.release = 'forged')",
        "for the application the witness, which counts the call: a gap in the next attestation; for the owner and a"
        " superuser nothing yet, until events are in the signed log",
    ),
    Attack(
        "record an access event of another organisation",
        (_RECORD.format(org=_ANOTHERS),),
        (ROW_SECURITY, ROW_SECURITY, ROW_SECURITY),
    ),
    Attack(
        "let the witness forget what it counted",
        ("select witness.pg_stat_statements_reset()",),
        SUPERUSER_ONLY,
        caught_by="the attestation, which says since when the server counts and attests nothing before",
    ),
    Attack(
        "stop the witness",
        ("set local pg_stat_statements.track = 'none'",),
        (NO_RIGHT, NO_RIGHT, GOES_THROUGH),
        caught_by="nothing for a superuser's own session, which no attestation is about; for all sessions the"
        " attestation, which says NOT ATTESTED",
    ),
)
