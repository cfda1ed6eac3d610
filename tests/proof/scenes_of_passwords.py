"""The scenes of who signs in with a password: invitations, second factors, and who invited whom."""

from proof.scenes import APPROVER, MANAGER, Scene, disable
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_GRACES = (
    "(select x.id from identity.session as x inner join identity.principal as p"
    f" on p.org_id = x.org_id and p.id = x.principal_id where x.org_id = {HERE} and p.name = 'grace'"
    " order by x.id limit 1)"
)
_SIGNED_IN = (
    "update identity.session set ended_at = null, ended_by = null, method = 'password', seen_at = clock_timestamp(),"
    " created_at = clock_timestamp(), expires_at = clock_timestamp() + interval '1 hour'"
)
_WAITS = f"(select p.id from identity.principal as p where p.org_id = {HERE} and p.name = 'waits')"
_INVITED_THERE = free(
    "identity.invitation",
    do="insert into identity.invitation"
    " (org_id, id, principal_id, login, secret_hash, created_at, created_by, expires_at)"
    " select p.org_id, gen_random_uuid(), p.id, x.login, sha256('x'), clock_timestamp() - interval '2 hours',"
    " p.created_by, clock_timestamp() + x.ends from (select distinct on (y.name) y.* from identity.principal as y"
    f" where y.org_id = {THERE} order by y.name, y.id) as p inner join"
    " (values ('Bob', 'only-there', interval '1 hour'), ('approver', 'over-there', interval '-1 hour'))"
    " as x (name, login, ends) on p.name = x.name",
)
_SIGNS_IN_THERE = free(
    "identity.password",
    do="insert into identity.password (org_id, id, principal_id, login, phc, invitation_id, created_by)"
    " select p.org_id, gen_random_uuid(), p.id, 'in-use-there', sha256('x'),"
    f" (select i.id from identity.invitation as i where i.org_id = {THERE} order by i.id limit 1), p.id"
    f" from identity.principal as p where p.org_id = {THERE} and p.name = 'Bob' order by p.id limit 1",
)
_BY_APPROVER = free(
    "identity.invitation",
    do=f"update identity.invitation set created_by = case org_id when {THERE} then {APPROVER} else"
    f" (select m.principal_id from {MANAGER}) end where principal_id <> {APPROVER}",
)
_NO_FACTOR_HERE = free(
    "identity.second_factor",
    do="update identity.second_factor set revoked_at = created_at, revoked_by = created_by, sealed = null"
    f" where org_id = {HERE} and revoked_at is null",
)

SCENES_OF_PASSWORDS = (
    *(
        Scene(
            f"somebody is invited with a login that is {login}",
            f"select identity.invite_by_hand({HERE}, gen_random_uuid(), 'x', 'auditor', '{login}', sha256('y'),"
            " interval '1 hour')",
            f"{_INVITED_THERE} {_SIGNS_IN_THERE}",
        )
        for login in ("only-there", "over-there", "in-use-there")
    ),
    Scene("whoever was invited is disabled", disable(_WAITS, "null", MANAGER)),
    Scene(
        "new recovery codes of a second factor that is there alone",
        f"select identity.renew_recovery_codes({HERE}, {_GRACES}, gen_random_uuid(), array[sha256('c')])",
        f"{_SIGNED_IN}; {_NO_FACTOR_HERE}",
    ),
    Scene(
        "whom the same person invited elsewhere",
        f"select s.id, identity.is_let_in_by({HERE}, s.id, {APPROVER}) from identity.session as s"
        f" where s.org_id = {HERE} order by s.id",
        f"{_BY_APPROVER} {_SIGNED_IN}",
        OWNER,
    ),
)
