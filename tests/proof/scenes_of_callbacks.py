"""The scenes of integration jobs: what is over in one organisation while it is not in the other, and who ends what."""

from proof.scenes import Scene
from proof.worlds import HERE, THERE, free

_KNOWN = "sha256('known')"
_PROOF = f"'nonce', sha256('nonce' || {_KNOWN})"
_FIRST = (
    f"(select x.id from jobs.integration_job as x where x.org_id = {HERE} and x.ended_at is null"
    " order by x.id limit 1)"
)
# Somebody who posts in a department alone, as t.
_NARROW = (
    f"(select x.* from identity.token as x where x.org_id = {HERE} and x.sub_org_id is not null"
    " and x.revoked_at is null and x.role = 'storekeeper' order by x.id limit 1) as t"
)


def _changed(what: str) -> str:
    return free("jobs.integration_job", do=f"update jobs.integration_job set {what}")


def _over(whose: str) -> str:
    return _changed(
        "created_at = created_at - interval '2 days', expires_at = expires_at - interval '2 days'"
        f" where org_id = {whose} and ended_at is null"
    )


def _known(whose: str) -> str:
    """Let every open job of an organisation have a secret that a scene knows."""
    return _changed(f"callback_secret_hash = {_KNOWN} where org_id = {whose} and ended_at is null")


_OVER = {
    "here alone": _over(HERE),
    "there alone": _over(THERE),
    "in both": f"{_over(HERE)}; {_over(THERE)}",
}
_SECRETS = {
    "here alone": _known(HERE),
    "there alone": _known(THERE),
    "in both": f"{_known(HERE)}; {_known(THERE)}",
}
# Elsewhere nobody is the product's own process.
_NO_PROCESS = free(
    "identity.principal",
    do=f"update identity.principal set created_by = gen_random_uuid() where org_id = {THERE} and created_by = id",
)
_TAKE = f"select jobs.take_integration_job({HERE}, {_FIRST}, gen_random_uuid(), {_PROOF})"
_USE = f"select jobs.use_callback({HERE}, {_FIRST}, gen_random_uuid(), {_PROOF}, 'failed', '{{}}')"

SCENES_OF_CALLBACKS = (
    *(
        Scene(f"whether jobs are over, which are {where}", f"select jobs.is_overdue({HERE})", world)
        for where, world in _OVER.items()
    ),
    *(
        Scene(
            f"jobs end that are over {where}", f"select jobs.expire_integration_jobs({HERE}, {most})", world
        )
        for where, world in _OVER.items()
        for most in (1, 100)
    ),
    *(
        Scene(f"a secret is {done} that opens a job {where}", call, world)
        for done, call in (("shown", _TAKE), ("used", _USE))
        for where, world in _SECRETS.items()
    ),
    *(
        Scene(f"a secret is used whose job is over {where}", _USE, f"{_SECRETS['in both']}; {world}")
        for where, world in _OVER.items()
    ),
    Scene("a secret is used, where no process is elsewhere", _USE, f"{_SECRETS['in both']}; {_NO_PROCESS}"),
    Scene(
        "jobs end that are over, where no process is elsewhere",
        f"select jobs.expire_integration_jobs({HERE}, 100)",
        f"{_OVER['here alone']}; {_NO_PROCESS}",
    ),
    *(
        Scene(
            f"somebody of a department says {said} of what {whose} asked for",
            f"select jobs.act_on_integration_job({HERE}, t.principal_id, t.id, gen_random_uuid(), {_FIRST}, '{state}')"
            f" from {_NARROW}",
            world,
        )
        for said, state in (("that it was sent", "sent"), ("no more", "cancelled"))
        for whose, world in (
            ("another one", ""),
            (
                "the same one",
                _changed(
                    "requested_by = (select x.principal_id from identity.token as x"
                    " where x.org_id = integration_job.org_id and x.sub_org_id is not null and x.revoked_at is null"
                    " and x.role = 'storekeeper' order by x.id limit 1) where ended_at is null"
                ),
            ),
        )
    ),
)

# What a statement meets elsewhere, and no story leaves.
WORLDS_OF_CALLBACKS = {"jobs.callbacks.expire": _OVER["in both"]}
