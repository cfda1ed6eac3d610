"""The scenes of somebody who reaches a department, or whose credential does, and meets what is beyond it."""

from proof.scenes import BOB, DEPARTMENT, MANAGER, PASSER_BY, Scene, disable
from proof.worlds import HERE, free

_NARROW = f"array[{DEPARTMENT}]"
_INNER = f"(select d.* from tenancy.sub_org as d where d.org_id = {HERE} and d.code = 'INNER') as d"
_OF_NARROW = (
    f" where t.org_id = {HERE} and t.sub_org_id is not null and t.revoked_at is null and t.role = 'auditor'"
    " order by t.id"
)
_BEYOND = (
    "update tenancy.sub_org set parent_id = null, path = array[id] where code = 'INNER' and org_id = {whose}"
)

SCENES_OF_DEPARTMENTS = (
    Scene(
        "what a department reaches, that is larger elsewhere",
        f"select r.* from identity.token as t cross join lateral identity.reach({HERE}, t.id, 'read') as r{_OF_NARROW}",
        _BEYOND.format(whose=HERE),
    ),
    Scene(
        "somebody of a department enters",
        f"select e.* from identity.token as t cross join lateral tenancy.enter({HERE}, t.id, 'read') as e{_OF_NARROW}"
        " limit 1",
    ),
    Scene(
        "a token of the whole organisation is revoked",
        f"select identity.revoke_token({HERE}, m.principal_id, m.id, gen_random_uuid(), t.id, {_NARROW})"
        f" from {MANAGER}, {PASSER_BY}",
    ),
    Scene(
        "an assignment in the whole organisation is revoked",
        f"select identity.revoke_assignment({HERE}, m.principal_id, m.id, gen_random_uuid(), a.id, {_NARROW})"
        f" from {MANAGER}, identity.assignment as a where a.org_id = {HERE} and a.principal_id = {BOB}",
    ),
    Scene(
        "somebody of the whole organisation is disabled, with rights in a department",
        disable(BOB, _NARROW, MANAGER),
        free(
            "identity.token",
            "identity.assignment",
            do=" ".join(
                f"update identity.{table} set sub_org_id = {DEPARTMENT} where principal_id = {BOB};"
                for table in ("token", "assignment")
            ),
        ),
    ),
    Scene(
        "a department is renamed from below it",
        f"select u.* from {_INNER} inner join tenancy.sub_org as p on p.org_id = d.org_id and p.id = d.parent_id"
        f" cross join lateral tenancy.update_sub_org({HERE}, p.created_by, null, null, p.id, p.version, 'New',"
        " p.parent_id, array[d.id]) as u",
    ),
)
