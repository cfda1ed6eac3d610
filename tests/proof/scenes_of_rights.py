"""The scenes of rights: who has some elsewhere, or was the last who managed them."""

from proof.scenes import APPROVER, BOB, DEPARTMENT, MANAGER, PASSER_BY, Scene, disable
from proof.worlds import HERE, THERE, free, nobody_may
from support.ledger_sql import OWNER, SUPERUSER

_PACKER = f"(select r.* from identity.role as r where r.org_id = {HERE} and r.code = 'packer') as r"


def _in_department(whole: str, where: str) -> str:
    """Return what puts Bob and his rights into a department, but for one kind of right in one organisation."""
    moved = " ".join(
        f"update identity.{table} set sub_org_id = {DEPARTMENT} where {column} = {BOB};"
        for table, column in (("principal", "id"), ("token", "principal_id"), ("assignment", "principal_id"))
    )
    return free(
        "identity.principal",
        "identity.token",
        "identity.assignment",
        do=f"{moved} update identity.{whole} set sub_org_id = null where principal_id = {BOB} and org_id = {where}",
    )


_LAST_MANAGER = free(
    "identity.token",
    "identity.assignment",
    do="update identity.token set revoked_at = clock_timestamp(), revoked_by = created_by where role = 'org-admin'"
    f" and id <> (select m.id from {MANAGER}) and revoked_at is null",
)

SCENES_OF_RIGHTS = (
    Scene(
        "somebody comes who is nobody anywhere",
        f"select x.* from {MANAGER} cross join lateral identity.create_principal({HERE}, m.principal_id, m.id,"
        " gen_random_uuid(), 'fresh', sha256('r'), gen_random_uuid(), 'service', 'New', null, null) as x",
    ),
    Scene(
        "a token is made for who is nobody anywhere",
        f"select identity.create_token({HERE}, gen_random_uuid(), gen_random_uuid(), 'service', 'New', 'auditor', null,"
        " sha256('t'), interval '1 hour')",
    ),
    *(
        Scene(
            f"somebody of a department is disabled, whose {right} is the whole organisation's {place}",
            disable(BOB, f"array[{DEPARTMENT}]", MANAGER),
            _in_department(right, where),
        )
        for right in ("token", "assignment")
        for place, where in (("here", HERE), ("elsewhere", THERE))
    ),
    Scene(
        "the last manager is disabled",
        disable("m.principal_id", "null", MANAGER),
        f"{_LAST_MANAGER}; {nobody_may(THERE)}",
    ),
    Scene(
        "the last manager's role is revoked",
        f"select identity.revoke_assignment({HERE}, t.principal_id, t.id, gen_random_uuid(), a.id, null)"
        f" from {PASSER_BY}, identity.assignment as a where a.org_id = {HERE} and a.role = 'org-admin'",
        free(
            "identity.token",
            "identity.assignment",
            do=f"update identity.assignment set role = 'org-admin' where org_id = {HERE} and principal_id = {BOB};"
            " update identity.token set revoked_at = clock_timestamp(), revoked_by = created_by"
            " where role = 'org-admin' and revoked_at is null",
        )
        + f"; {nobody_may(THERE)}",
    ),
    *(
        Scene(
            f"a role is changed, which its changer has elsewhere by {how}",
            f"select identity.update_role({HERE}, m.principal_id, m.id, gen_random_uuid(), r.id, r.version, 'New',"
            f" array['read'], null) from {MANAGER}, {_PACKER}",
            free(f"identity.{how}", do=world),
        )
        for how, world in (
            (
                "token",
                (
                    f"update identity.token set role = 'packer' where org_id = {THERE}"
                    f" and principal_id = (select m.principal_id from {MANAGER})"
                ),
            ),
            (
                "assignment",
                (
                    "insert into identity.assignment (org_id, id, principal_id, role, created_by)"
                    f" select {THERE}, gen_random_uuid(), m.principal_id, 'packer', {APPROVER} from {MANAGER}"
                ),
            ),
        )
    ),
    *(
        Scene(f"whether anybody manages, {how}", f"select identity.is_managed({HERE})", world, OWNER)
        for how, world in (
            (
                "who did and does elsewhere",
                nobody_may(HERE)
                + "; "
                + free(
                    "identity.assignment",
                    do=f"update identity.assignment set role = 'org-admin' where principal_id = {BOB};"
                    " update identity.assignment set revoked_at = clock_timestamp(), revoked_by = created_by"
                    f" where org_id = {HERE} and revoked_at is null",
                ),
            ),
            (
                "where the role allows it elsewhere alone",
                free(
                    "identity.assignment",
                    "identity.role",
                    do=f"update identity.assignment set role = 'org-admin' where principal_id = {BOB};"
                    f" update identity.role set permissions = '{{read}}' where org_id = {HERE} and code = 'org-admin'",
                ),
            ),
        )
    ),
    Scene(
        "the last manager's token is revoked",
        f"select identity.revoke_token({HERE}, t.principal_id, t.id, gen_random_uuid(), m.id, null)"
        f" from {PASSER_BY}, {MANAGER}",
        f"{_LAST_MANAGER}; {nobody_may(THERE)}",
    ),
    Scene(
        "a transaction enters behind the policies",
        f"select e.* from {MANAGER} cross join lateral tenancy.enter({HERE}, m.id, 'read') as e",
        "select platform.enforce_org('identity.token'), platform.enforce_org('identity.session')",
    ),
    Scene(
        "a right is removed by whoever can",
        "with said as materialized (select set_config('velaurum.acting', array[a.created_by, null, null]::text, true)"
        f" as words, a.id from identity.assignment as a where a.org_id = {HERE} order by a.id limit 1)"
        f" delete from identity.assignment as a using said where a.org_id = {HERE} and a.id = said.id",
        "alter table identity.assignment disable trigger assignment_is_never_removed;"
        " alter table identity.assignment disable trigger assignment_row_is_never_removed",
        SUPERUSER,
    ),
)
