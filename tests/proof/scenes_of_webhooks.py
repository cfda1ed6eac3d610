"""The scenes of who is told: what waits, is sent and ends in one organisation while it is otherwise in the other."""

from proof.scenes import MANAGER, Scene
from proof.webhooks_story import NO_LEASE
from proof.worlds import HERE, THERE, free
from support.ledger_sql import INTEGRATOR, OWNER

_DUE = (
    "update webhooks.delivery set state = 'pending', ended_at = null, error_code = null, due_at = created_at,"
    " lease = null, leased_until = null"
)
_ERP = f"from webhooks.endpoint as e where e.org_id = {HERE} and e.code = 'erp'"
_CLAIM = f"select c.* from webhooks.claim({HERE}, 10, 3, 2, interval '1 minute') as c"
_LEASE = f"'{NO_LEASE}'"
_FULL = (
    "insert into webhooks.endpoint"
    " (org_id, id, code, name, url, event_types, key_id, from_index, created_by, updated_by)"
    f" select {THERE}, gen_random_uuid(), 'full-' || n, 'x', 'https://x.example', '{{velaurum.*}}', repeat('0', 16), 0,"
    f" p.id, p.id from generate_series(1, 50) as n, (select x.id from identity.principal as x where x.org_id = {THERE}"
    " and x.created_by = x.id order by x.id limit 1) as p"
)


def _leased(whose: str, until: str) -> str:
    """Return what leases every delivery of an organisation, from an hour ago until an instant."""
    return (
        f"update webhooks.delivery set lease = {_LEASE}, leased_until = clock_timestamp() + interval '{until}',"
        " attempts = attempts + 1, tries = 1, tried_at = clock_timestamp() - interval '1 hour'"
        f" where org_id = {whose}"
    )


def _disabled(whose: str) -> str:
    """Return what disables every endpoint of an organisation, and nothing else of them."""
    return free(
        "webhooks.endpoint",
        do="update webhooks.endpoint set disabled_at = created_at, disabled_by = created_by, disabled_reason = 'gone'"
        f" where org_id = {whose}",
    )


def _later(whose: str) -> str:
    return (
        f"update webhooks.delivery set due_at = clock_timestamp() + interval '1 hour' where org_id = {whose}"
    )


def _read_to(whose: str, index: int) -> str:
    return free(
        "events.subscriber",
        do=f"update events.subscriber set after_index = {index} where org_id = {whose} and name = 'relay'",
    )


def _end(outcome: str) -> str:
    return (
        f"select webhooks.end_attempt({HERE}, d.id, {_LEASE}, 5, {outcome}) from webhooks.delivery as d"
        f" where d.org_id = {HERE} and d.lease = {_LEASE} order by d.id limit 1"
    )


_BOTH_LEASED = f"{_DUE}; {_leased(HERE, '1 hour')}; {_leased(THERE, '1 hour')}"

SCENES_OF_WEBHOOKS = (
    Scene(
        "a webhook is made, where another organisation has all that it may",
        f"select webhooks.create_endpoint({HERE}, m.principal_id, m.id, gen_random_uuid(), 'fresh-hook', sha256('h'),"
        f" 'fresh', 'Fresh', 'https://x.example', '{{velaurum.*}}', repeat('0', 16), 50) from {MANAGER}",
        free("webhooks.endpoint", do=_FULL),
    ),
    Scene(
        "a webhook is disabled, for which deliveries wait elsewhere",
        f"select u.* from {MANAGER}, (select e.* {_ERP}) as e"
        f" cross join lateral webhooks.update_endpoint({HERE}, m.principal_id, m.id, gen_random_uuid(), e.id,"
        " e.version, e.name, e.url, e.event_types, true) as u",
        _DUE,
    ),
    Scene(
        "a webhook is enabled, which is not disabled elsewhere",
        f"select u.* from {MANAGER}, (select e.* {_ERP}) as e"
        f" cross join lateral webhooks.update_endpoint({HERE}, m.principal_id, m.id, gen_random_uuid(), e.id,"
        " e.version, e.name, e.url, e.event_types, false) as u",
        _disabled(HERE),
    ),
    Scene(
        "a delivery is asked for again, which is being sent elsewhere",
        f"select webhooks.redeliver({HERE}, m.principal_id, m.id, gen_random_uuid(), 'fresh-again', sha256('a'), d.id)"
        f" from {MANAGER},"
        f" (select x.id from webhooks.delivery as x where x.org_id = {HERE} order by x.id limit 1) as d",
        f"{_DUE}; {_leased(THERE, '1 hour')}",
    ),
    Scene(
        "deliveries are made for a webhook that is disabled here alone",
        f"select webhooks.make_deliveries({HERE}, jsonb_build_array(jsonb_build_object('endpoint_id', e.id, 'event_id',"
        f" 'fresh', 'type', 'velaurum.x', 'body', '{{}}'))) {_ERP}",
        _disabled(HERE),
        INTEGRATOR,
    ),
    Scene(
        "deliveries are made of an event that is new",
        f"select webhooks.make_deliveries({HERE}, jsonb_build_array(jsonb_build_object('endpoint_id', e.id, 'event_id',"
        f" 'fresh', 'type', 'velaurum.x', 'body', '{{}}'))) {_ERP}",
        free(
            "webhooks.endpoint",
            do="update webhooks.endpoint set (disabled_at, disabled_by, disabled_reason) = (null, null, null)",
        ),
        INTEGRATOR,
    ),
    *(
        Scene(f"deliveries are leased, {world}", _CLAIM, f"{_DUE}; {do}", INTEGRATOR)
        for world, do in (
            ("all of them due", "select 1"),
            ("while as many as may be are sent elsewhere", _leased(THERE, "1 hour")),
            ("while as many as may be are sent here", _leased(HERE, "1 hour")),
            ("that are not due elsewhere", _later(THERE)),
            ("that are due elsewhere alone", _later(HERE)),
            ("whose leases ran out", f"{_leased(HERE, '-1 minute')}; {_leased(THERE, '-1 minute')}"),
            ("whose leases ran out here alone", _leased(HERE, "-1 minute")),
            ("of webhooks that are disabled elsewhere", _disabled(THERE)),
            ("of webhooks that are disabled here", _disabled(HERE)),
            (
                "that were sent here, by webhooks that are disabled here",
                (
                    f"{_disabled(HERE)}; update webhooks.delivery set state = 'delivered', ended_at = clock_timestamp()"
                    f" where org_id = {HERE}"
                ),
            ),
        )
    ),
    *(
        Scene(
            f"whether something is due, {world}",
            f"select webhooks.is_due({HERE})",
            f"{_DUE}; {do}",
            INTEGRATOR,
        )
        for world, do in (
            ("which is here alone", _later(THERE)),
            ("which is elsewhere alone", _later(HERE)),
            ("later, of webhooks that are disabled elsewhere", f"{_later(HERE)}; {_disabled(THERE)}"),
            (
                "and it is suspended",
                f"update tenancy.org set suspended_at = clock_timestamp() where org_id = {HERE}",
            ),
            ("of webhooks that are disabled here", _disabled(HERE)),
            ("of webhooks that are disabled elsewhere", _disabled(THERE)),
        )
    ),
    *(
        Scene(f"whether there is more to tell, {world}", f"select webhooks.is_behind({HERE})", do, INTEGRATOR)
        for world, do in (
            ("which is here alone", f"{_read_to(HERE, -1)}; {_read_to(THERE, 1_000_000)}"),
            ("which is elsewhere alone", f"{_read_to(HERE, 1_000_000)}; {_read_to(THERE, -1)}"),
            (
                "and nothing is signed here",
                f"{_read_to(HERE, -1)}; "
                + free("audit.checkpoint", do=f"delete from audit.checkpoint where org_id = {HERE}"),
            ),
        )
    ),
    *(
        Scene(f"an attempt ends: {outcome}", _end(arguments), _BOTH_LEASED, OWNER)
        for outcome, arguments in (
            ("well", "2, null, null, false"),
            ("with another one to come", "5, 'answered-5xx', interval '1 hour', false"),
            ("for the last time", "5, 'answered-5xx', null, false"),
            ("as the receiver is gone", "4, 'gone', null, true"),
        )
    ),
)

# What a statement meets here and not elsewhere, and no story leaves.
WORLDS_OF_WEBHOOKS = {"webhooks.deliveries.end_attempt": f"{_DUE}; {_leased(HERE, '1 hour')}"}
