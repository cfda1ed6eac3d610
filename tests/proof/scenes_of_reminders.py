"""The scenes of what waits for people: its causes and what was reminded of, here, elsewhere, or in both."""

from proof.scenes import MANAGER, Scene
from proof.worlds import HERE, THERE, everybody_is_disabled, free, nobody_may
from support.ledger_sql import INTEGRATOR, OWNER

_BOTH = f"{HERE}, {THERE}"
_KINDS = "array['approval-waiting', 'job-failed', 'dead-letter', 'webhook-gone', 'log-stalled', 'verification-overdue']"
_REMIND = f"select r.code from jobs.remind({HERE}, jsonb_object({_KINDS}, array_fill('0 s'::text, array[6])), 50) as r"
_CAUSES = (
    f"select c.kind, c.subject, c.at, c.made_at, c.permission from jobs.cause as c where c.org_id = {HERE}"
    " order by c.kind, c.subject, c.at"
)
_WITHIN = (
    "select r.kind, jobs.reminder_is_within({here}, r.kind, r.subject, {departments}, j.requested_by)"
    " from jobs.reminder as r, (select x.requested_by from jobs.job as x"
    " where x.org_id = {there} and x.dedupe_key = 'fails'"
    " order by x.id limit 1) as j where r.org_id = {here} order by r.id"
)
_EVERY_DEPARTMENT = f"array(select d.id from tenancy.sub_org as d where d.org_id = {HERE})"
_ACKNOWLEDGE = (
    f"select jobs.acknowledge_reminder({HERE}, m.principal_id, m.id, gen_random_uuid(), r.id) from {MANAGER},"
    f" (select x.id from jobs.reminder as x where x.org_id = {HERE} and x.kind = 'job-failed' order by x.id) as r"
)


def _forgotten(whose: str) -> str:
    """Return what lets an organisation never have been reminded of anything."""
    return free("jobs.reminder", do=f"delete from jobs.reminder where org_id in ({whose})")


def _ended(long_ago: str) -> str:
    """Return what lets all reminders of both have ended, those of some long ago."""
    return free(
        "jobs.reminder",
        do=f"update jobs.reminder set ended_at = clock_timestamp() - case when org_id in ({long_ago}) then"
        f" interval '61 days' else interval '0' end where org_id in ({_BOTH})",
    )


def _unseen(whose: str) -> str:
    return free(
        "jobs.reminder",
        do="update jobs.reminder set acknowledged_at = null, acknowledged_by = null, credential_id = null,"
        f" request_id = null where org_id in ({whose})",
    )


def _jobs(whose: str, what: str) -> str:
    return free("jobs.job", do=f"update jobs.job set {what} where org_id in ({whose})")


_TRIED_AGAIN = "state = 'queued', ended_at = null"
_BY_ANOTHER = (
    "requested_by = (select p.id from identity.principal as p where p.org_id = job.org_id"
    " and p.created_by = p.id)"
)
_EXPIRING = free(
    "identity.token",
    do="update identity.token set created_at = created_at - interval '90 days', revoked_at = null, revoked_by = null",
)
_UNDECIDED = (
    free("ledger.approval", do="delete from ledger.approval where org_id = {0}")
    + "; "
    + free(
        "ledger.approval_request",
        do="update ledger.approval_request set expires_at = expires_at + interval '1 day'",
    )
)
_GLASS_ENDED = free(
    "identity.break_glass_step",
    do="delete from identity.break_glass_step where step = 'ended'; update identity.break_glass_step set"
    " at = clock_timestamp() - interval '1 hour',"
    " expires_at = case when step = 'approved' then clock_timestamp() + interval '1 hour' end;"
    " insert into identity.break_glass_step (org_id, id, step, requested_by, actor_id, credential_id, request_id)"
    " select s.org_id, s.id, 'ended', s.requested_by, s.actor_id, s.credential_id, s.request_id"
    " from identity.break_glass_step as s where s.step = 'approved' and s.org_id = {0}",
)
_VERIFIED_LATER = free(
    "audit.verification",
    do="update audit.verification set ended_at = clock_timestamp() + interval '1 hour' where org_id = {0}",
)
_UNSIGNED = (
    free("audit.cosignature", do="delete from audit.cosignature")
    + "; "
    + free("audit.anchor", do="delete from audit.anchor")
    + "; "
    + free("audit.checkpoint", do="delete from audit.checkpoint where org_id = {0}")
    + "; update tenancy.org set held_since = null, held_reason = null"
)
_AT_ANOTHER_PLACE = free(
    "catalog.location", do="update catalog.location set sub_org_id = null where org_id = {0}"
)

_NEVER_ASKED = "; ".join(
    free(table, do=f"delete from {table} where org_id = {HERE}")
    for table in ("ledger.approval", "ledger.approval_request")
)
_NARROW = (
    f"(select t.id, t.principal_id from identity.token as t where t.org_id = {HERE} and t.sub_org_id is not null"
    " and t.revoked_at is null and t.role = 'auditor' order by t.id limit 1) as t"
)
_ACKNOWLEDGE_OWN = (
    f"select jobs.acknowledge_reminder({HERE}, t.principal_id, t.id, gen_random_uuid(), r.id) from {_NARROW},"
    f" (select x.id from jobs.reminder as x where x.org_id = {HERE} and x.kind = 'job-failed' order by x.id) as r"
)
_BY_NARROW = f"requested_by = (select t.principal_id from {_NARROW})"
_TAKES_READING = free("jobs.reminder", do="update jobs.reminder set permission = 'read'")

WORLDS_OF_REMINDERS = {
    "jobs.reminders.remind": _forgotten(HERE),
    "jobs.reminders.list": _jobs(THERE, _BY_ANOTHER),
    "jobs.reminders.get": _jobs(THERE, _BY_ANOTHER),
    "ops.retention.forget_reminders": _ended(_BOTH),
}

SCENES_OF_REMINDERS = (
    *(
        Scene(f"causes are looked for, {how}", _CAUSES, world, OWNER)
        for how, world in (
            ("as they are", ""),
            ("of approvals that are decided elsewhere alone", _UNDECIDED.format(HERE)),
            ("of approvals that are decided here alone", _UNDECIDED.format(THERE)),
            ("of a glass that is mended elsewhere alone", _GLASS_ENDED.format(THERE)),
            ("of a glass that is mended here alone", _GLASS_ENDED.format(HERE)),
            (
                "of tokens whose holders are disabled elsewhere",
                f"{_EXPIRING}; {everybody_is_disabled(THERE)}",
            ),
            ("of tokens whose holders are disabled here", f"{_EXPIRING}; {everybody_is_disabled(HERE)}"),
            ("of a log that was verified later elsewhere", _VERIFIED_LATER.format(THERE)),
            ("of a log that is signed elsewhere alone", _UNSIGNED.format(HERE)),
            ("of a log that is signed here alone", _UNSIGNED.format(THERE)),
        )
    ),
    *(
        Scene(f"people are reminded, {how}", _REMIND, world, INTEGRATOR)
        for how, world in (
            ("who were before", ""),
            ("who never were", _forgotten(_BOTH)),
            ("who were elsewhere alone", _forgotten(HERE)),
            ("who were here alone", _forgotten(THERE)),
            ("of what is over here alone", _jobs(HERE, _TRIED_AGAIN)),
            ("of what is over elsewhere alone", _jobs(THERE, _TRIED_AGAIN)),
            (
                "who never were, of what is elsewhere alone",
                f"{_forgotten(_BOTH)}; {_jobs(HERE, _TRIED_AGAIN)}",
            ),
            ("of what had ended, here", _ended(HERE)),
            (
                "of what had ended, elsewhere",
                free("jobs.reminder", do=f"update jobs.reminder set ended_at = at where org_id = {THERE}"),
            ),
        )
    ),
    *(
        Scene(
            f"what is within reach of {whom}, {how}",
            _WITHIN.format(here=HERE, there=THERE, departments=departments),
            world,
        )
        for whom, departments in (("nothing", "'{}'::uuid[]"), ("every department", _EVERY_DEPARTMENT))
        for how, world in (
            ("as it is", ""),
            ("where others asked elsewhere", _jobs(THERE, _BY_ANOTHER)),
            ("where others asked here", _jobs(HERE, _BY_ANOTHER)),
            ("where places are nobody's elsewhere", _AT_ANOTHER_PLACE.format(THERE)),
            ("where places are nobody's here", _AT_ANOTHER_PLACE.format(HERE)),
            ("where nobody asked for an approval here", _NEVER_ASKED),
        )
    ),
    *(
        Scene(f"a reminder is acknowledged, {how}", _ACKNOWLEDGE, world)
        for how, world in (
            ("which somebody has seen", ""),
            ("which nobody has seen", _unseen(_BOTH)),
            ("which somebody has seen elsewhere", _unseen(HERE)),
            ("which has ended elsewhere", f"{_unseen(_BOTH)}; {_jobs(THERE, _TRIED_AGAIN)}"),
            ("by who may do nothing elsewhere", f"{_unseen(_BOTH)}; {nobody_may(THERE)}"),
            ("which is gone elsewhere", f"{_unseen(_BOTH)}; {_forgotten(THERE)}"),
        )
    ),
    *(
        Scene(
            f"somebody of a department acknowledges a reminder of a job that is their own {where}",
            _ACKNOWLEDGE_OWN,
            f"{_unseen(_BOTH)}; {_TAKES_READING}; {_jobs(whose, _BY_NARROW)}",
        )
        for where, whose in (("here alone", HERE), ("elsewhere alone", THERE))
    ),
    *(
        Scene(
            f"reminders are forgotten, {how}",
            f"select jobs.forget_reminders({HERE}, interval '30 days', 10)",
            _ended(old),
            INTEGRATOR,
        )
        for how, old in (
            ("of both", _BOTH),
            ("whose cause is long gone here alone", HERE),
            ("whose cause is long gone elsewhere", THERE),
        )
    ),
)
