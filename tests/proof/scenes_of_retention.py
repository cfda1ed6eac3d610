"""The scenes of what is old, and of what is counted: here, elsewhere, or in both."""

from proof.scenes import Scene
from proof.worlds import HERE, THERE, free
from support.ledger_sql import INTEGRATOR, OWNER

_BOTH = f"{HERE}, {THERE}"
_LONG_AGO = "clock_timestamp() - interval '61 days'"
_OPERATOR = (
    "(select p.id from identity.principal as p where p.org_id = x.org_id and p.created_by = p.id limit 1)"
)


def _forget(what: str) -> str:
    return f"select {what}.forget({HERE}, interval '30 days', 10)"


def _jobs(long_ago: str, of: str) -> str:
    """Return what lets every job of `of` have ended, those of `long_ago` long ago, each with an act upon it."""
    return free(
        *("jobs.job", "jobs.act"),
        do="update jobs.job set state = 'cancelled', result = null, ended_at = case when org_id in"
        f" ({long_ago}) then {_LONG_AGO} else clock_timestamp() end where org_id in ({of});"
        " insert into jobs.act (org_id, id, job_id, action, actor_id, credential_id, request_id)"
        f" select x.org_id, gen_random_uuid(), x.id, 'cancelled', {_OPERATOR}, gen_random_uuid(), gen_random_uuid()"
        f" from jobs.job as x where x.org_id in ({of})",
    )


def _deliveries(long_ago: str, of: str) -> str:
    return free(
        "webhooks.delivery",
        do="update webhooks.delivery set state = 'dead', error_code = 'scene', lease = null, leased_until = null,"
        f" ended_at = case when org_id in ({long_ago}) then {_LONG_AGO} else clock_timestamp() end"
        f" where org_id in ({of})",
    )


def _dead_letters(long_ago: str) -> str:
    return (
        f"update transport.message set dead_at = case when org_id in ({long_ago}) then {_LONG_AGO} else"
        f" clock_timestamp() end, dead_code = 'scene', dead_reason = 'scene' where org_id in ({_BOTH})"
    )


def _taken(long_ago: str) -> str:
    """Return what lets both have taken one message, those of `long_ago` long ago."""
    return (
        "insert into events.inbox (org_id, consumer, message_id, taken_at) select x.org_id, 'scene', 'm',"
        f" case when x.org_id in ({long_ago}) then {_LONG_AGO} else clock_timestamp() end"
        f" from unnest(array[{_BOTH}]) as x (org_id)"
    )


def _old_log(whose: str) -> str:
    """Return what lets all entries of an organisation's log be very old."""
    tables = ("ledger.movement", "audit.version", "ledger.head")
    return free(
        *tables,
        do="; ".join(
            f"update {table} set recorded_at = recorded_at - interval '100 days' where org_id in ({whose})"
            for table in tables
        ),
    )


def _passed(whose: str, index: str) -> str:
    return free(
        "events.subscriber",
        do=f"update events.subscriber set after_index = {index} where org_id in ({whose})",
    )


_PUBLISHED = "update transport.message set published_at = {} where org_id in ({})"

# So old in both that it goes.
WORLDS_OF_RETENTION = {
    "ops.retention.forget_jobs": _jobs(_BOTH, _BOTH),
    "ops.retention.forget_deliveries": _deliveries(_BOTH, _BOTH),
    "ops.retention.forget_dead_letters": _dead_letters(_BOTH),
    "ops.retention.forget_taken": _taken(_BOTH),
}

SCENES_OF_RETENTION = (
    *(
        Scene(f"old jobs are forgotten, {how}", _forget("jobs"), _jobs(old, _BOTH), INTEGRATOR)
        for how, old in (("of both", _BOTH), ("which are old here alone", HERE), ("old elsewhere", THERE))
    ),
    *(
        Scene(
            f"what belongs to a job that is {how} is removed from {table}",
            f"delete from jobs.{table} where org_id = {HERE}",
            _jobs(old, _BOTH),
            OWNER,
        )
        for table in ("attempt", "act")
        for how, old in (("old here alone", HERE), ("old elsewhere alone", THERE))
    ),
    *(
        Scene(
            f"old deliveries are forgotten, {how}", _forget("webhooks"), _deliveries(old, _BOTH), INTEGRATOR
        )
        for how, old in (("of both", _BOTH), ("which are old here alone", HERE), ("old elsewhere", THERE))
    ),
    *(
        Scene(
            f"what belongs to a delivery that is {how} is removed from {table}",
            f"delete from webhooks.{table} where org_id = {HERE}",
            _deliveries(old, _BOTH),
            OWNER,
        )
        for table in ("attempt", "act")
        for how, old in (("old here alone", HERE), ("old elsewhere alone", THERE))
    ),
    *(
        Scene(f"old dead letters are forgotten, {how}", _forget("transport"), _dead_letters(old), INTEGRATOR)
        for how, old in (("of both", _BOTH), ("which are old here alone", HERE), ("old elsewhere", THERE))
    ),
    *(
        Scene(f"what was taken is forgotten, {how}", _forget("events"), world, INTEGRATOR)
        for how, world in (
            ("long ago in both", _taken(_BOTH)),
            ("long ago elsewhere alone", _taken(THERE)),
            (
                "while a subscriber is behind elsewhere alone",
                f"{_taken(_BOTH)}; {_old_log(_BOTH)}; {_passed(HERE, '1000000')}; {_passed(THERE, '-1')}",
            ),
            (
                "while a subscriber is behind here, in a log that is older than elsewhere",
                f"{_taken(_BOTH)}; {_old_log(HERE)}; {_passed(_BOTH, '-1')}",
            ),
            (
                "while a message is under way elsewhere that is as old",
                f"{_taken(_BOTH)}; {_PUBLISHED.format('clock_timestamp()', HERE)}; "
                + _PUBLISHED.format("clock_timestamp() - interval '90 days'", THERE),
            ),
        )
    ),
    Scene("jobs are counted", f"select f.* from jobs.figures({HERE}) as f", _jobs("null::uuid", _BOTH)),
    Scene("deliveries are counted", f"select f.* from webhooks.figures({HERE}) as f"),
    Scene(
        "deliveries are counted that were given up",
        f"select f.* from webhooks.figures({HERE}) as f",
        _deliveries("null::uuid", THERE),
    ),
    Scene("attempts are counted", f"select f.* from webhooks.attempts_lately({HERE}) as f"),
    Scene("subscribers are counted", f"select f.* from events.figures({HERE}) as f"),
    Scene("messages are counted", f"select f.* from transport.figures({HERE}) as f"),
)
