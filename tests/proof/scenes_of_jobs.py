"""The scenes of jobs whose requesters reach less than they would elsewhere."""

from proof.scenes import Scene
from proof.worlds import HERE, WORLDS, everybody_is_disabled, free

_NARROW = (
    f" where t.org_id = {HERE} and t.sub_org_id is not null and t.revoked_at is null and t.role = 'auditor'"
    " order by t.id"
)

SCENES_OF_JOBS = (
    Scene(
        "where a job may be worked, which is more elsewhere",
        "select r.* from identity.token as t"
        f" cross join lateral jobs.reach({HERE}, t.principal_id, t.id, 'read') as r{_NARROW}",
        f"update tenancy.sub_org set parent_id = null, path = array[id] where code = 'INNER' and org_id = {HERE}",
    ),
    Scene(
        "what everybody with a session may do today, who is somebody elsewhere as well",
        "select x.id, s.permission, s.sub_org_id from identity.session as x"
        f" cross join lateral jobs.standing({HERE}, x.principal_id, x.id) as s"
        f" where x.org_id = {HERE} order by x.id, s.permission, s.sub_org_id",
    ),
    Scene(
        "a process asks that is disabled here alone",
        "select r.* from identity.principal as p"
        f" cross join lateral jobs.reach({HERE}, p.id, null, 'read') as r"
        f" where p.org_id = {HERE} and p.created_by = p.id",
        everybody_is_disabled(HERE),
    ),
    Scene(
        "somebody of a department calls off what another one asked for",
        f"select jobs.cancel({HERE}, t.principal_id, t.id, gen_random_uuid(), j.id) from ("
        f"select x.* from identity.token as x where x.org_id = {HERE} and x.sub_org_id is not null"
        " and x.revoked_at is null and x.role = 'auditor' order by x.id limit 1) as t,"
        f" (select y.* from jobs.job as y where y.org_id = {HERE} and y.dedupe_key = 'waits') as j",
        free("jobs.job", do="update jobs.job set permission = 'read'"),
    ),
)

# What a statement meets elsewhere, and no story leaves.
WORLDS_OF_JOBS = {"jobs.jobs.refuse_suspended": WORLDS["the other organisation is suspended"]}
