"""The scenes of jobs whose requesters reach less than they would elsewhere."""

from proof.scenes import Scene
from proof.worlds import HERE

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
)
