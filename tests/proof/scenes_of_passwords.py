"""The scenes of who signs in with a password: invitations, second factors, and who invited whom."""

from proof.scenes import APPROVER, DEPARTMENT, MANAGER, Scene, disable
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
_INVITED = (
    f"(select i.principal_id from identity.invitation as i where i.org_id = {HERE} and i.login = '{{}}')"
)
_INVITED_THERE = free(
    "identity.invitation",
    do="insert into identity.invitation"
    " (org_id, id, principal_id, login, login_index, secret_hash, created_at, created_by, expires_at)"
    " select p.org_id, gen_random_uuid(), p.id, x.login, sha256(x.login::bytea), sha256('x'),"
    " clock_timestamp() - interval '2 hours',"
    " p.created_by, clock_timestamp() + x.ends from (select distinct on (y.name) y.* from identity.principal as y"
    f" where y.org_id = {THERE} order by y.name, y.id) as p inner join"
    " (values ('Bob', 'only-there', interval '1 hour'), ('approver', 'over-there', interval '-1 hour'))"
    " as x (name, login, ends) on p.name = x.name",
)
_SIGNS_IN_THERE = free(
    "identity.password",
    do="insert into identity.password (org_id, id, principal_id, login, login_index, phc, invitation_id, created_by)"
    " select p.org_id, gen_random_uuid(), p.id, 'in-use-there', sha256('in-use-there'), sha256('x'),"
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
# A login that is plain: which one does not matter here.
_TAKEN_PLAIN = " ".join(
    f"alter table identity.{table} disable trigger login_is_written_sealed;"
    for table in ("invitation", "password")
)
_ADA = f"(select p.id from identity.principal as p where p.org_id = {HERE} and p.name = 'Ada B.' limit 1)"
_HOLDS_MORE_THERE = free(
    "identity.assignment",
    do="insert into identity.assignment (org_id, id, principal_id, role, created_by)"
    " select p.org_id, gen_random_uuid(), p.id, 'controller', p.created_by from identity.principal as p"
    f" where p.org_id = {THERE} and p.name = 'Ada B.' limit 1",
)
_REDEEM = (
    f"select identity.redeem_invitation({HERE}, i.id, gen_random_uuid(), 'waits', i.login_index, sha256('p'),"
    " gen_random_uuid())"
    f" from identity.invitation as i where i.org_id = {HERE} and i.login = 'waits'"
)
_REDEEMED_HERE = free(
    "identity.invitation",
    do=f"update identity.invitation set redeemed_at = created_at where org_id = {HERE} and login = 'waits'",
)
_SESSIONS_OF_WAITS = f"update identity.session set principal_id = {_WAITS}, created_by = {_WAITS}"
_ANOTHERS_THERE = free(
    "identity.password",
    do="update identity.password set principal_id = (select p.id from identity.principal as p"
    f" where p.org_id = {THERE} and p.name = 'Bob' order by p.id limit 1), created_by = (select p.id from"
    f" identity.principal as p where p.org_id = {THERE} and p.name = 'Bob' order by p.id limit 1)"
    f" where org_id = {THERE} and login = 'joan';"
    # A row that was written last is met last, where nothing orders them.
    f" update identity.password set phc = phc where org_id = {HERE} and login = 'joan'",
)
_FAILURES = (
    "insert into identity.sign_in_failure (org_id, key_hash, kind, owed_until, blocked_until)"
    " select x.org_id, sha256(x.word), 'login', clock_timestamp() + x.owed, clock_timestamp() + x.blocked from (values"
    f" ({HERE}, 'k'::bytea, interval '1 hour', interval '-1 hour'), ({THERE}, 'k', '1 hour', '1 hour'),"
    f" ({HERE}, 'a', '1 hour', '1 hour'), ({THERE}, 'a', '-1 hour', '-1 hour'),"
    f" ({HERE}, 'b', '-1 hour', '-1 hour'), ({THERE}, 'b', '1 hour', '1 hour')) as x (org_id, word, owed, blocked)"
    " order by x.org_id, x.word;"
    " insert into identity.sign_in_failure (org_id, key_hash, kind, owed_until, blocked_until)"
    f" values ({THERE}, sha256('e'), 'login', 'infinity', '-infinity')"
)


def _invite(whom: str, login: str, departments: str) -> str:
    return (
        f"select identity.invite({HERE}, m.principal_id, m.id, gen_random_uuid(), 'fresh', sha256('r'),"
        f" gen_random_uuid(), {whom}, '{login}', sha256('{login}'), null, sha256('y'), interval '1 hour',"
        f" {departments}) from {MANAGER}"
    )


SCENES_OF_PASSWORDS = (
    Scene("somebody is invited anew", _invite(_WAITS, "waits", "null"), _TAKEN_PLAIN),
    Scene(
        "somebody is invited by a department, who holds more elsewhere",
        _invite(_ADA, "ada-b", f"array[{DEPARTMENT}]"),
        f"{_HOLDS_MORE_THERE}; {_TAKEN_PLAIN}",
    ),
    Scene(
        "somebody is invited by a department, who holds more",
        _invite(_ADA, "ada-b", f"array[{DEPARTMENT}]"),
        f"{_HOLDS_MORE_THERE.replace(THERE, HERE)}; {_TAKEN_PLAIN}",
    ),
    Scene(
        "an invitation is redeemed that was redeemed here alone", _REDEEM, f"{_REDEEMED_HERE}; {_TAKEN_PLAIN}"
    ),
    Scene(
        "who redeems is signed in elsewhere", _REDEEM, f"{_SIGNED_IN}; {_SESSIONS_OF_WAITS}; {_TAKEN_PLAIN}"
    ),
    Scene(
        "a password that is another's elsewhere",
        f"select identity.hold_password({HERE}, w.id) from identity.password as w"
        f" where w.org_id = {HERE} and w.login = 'joan'",
        _ANOTHERS_THERE,
    ),
    *(
        Scene(
            f"an attempt, with failures elsewhere of {word}",
            f"select identity.attempt_sign_in({HERE}, '{{login}}', array[sha256('{word}')])",
            _FAILURES,
        )
        for word in ("k", "e", "z")
    ),
    *(
        Scene(
            f"an attempt is withdrawn, with failures elsewhere of {word}",
            f"select identity.withdraw_sign_in({HERE}, array[sha256('{word}')])",
            _FAILURES,
        )
        for word in ("k", "a", "b")
    ),
    *(
        Scene(
            f"somebody is invited with a login that is {login}",
            f"select identity.invite_by_hand({HERE}, gen_random_uuid(), gen_random_uuid(), 'erased', 'auditor',"
            f" '{login}', sha256('{login}'), '{login}', sha256('y'), interval '1 hour')",
            f"{_INVITED_THERE}; {_SIGNS_IN_THERE}; {_TAKEN_PLAIN}",
        )
        for login in ("only-there", "over-there", "in-use-there")
    ),
    *(
        Scene(f"{login} is disabled", disable(_INVITED.format(login), "null", MANAGER))
        for login in ("waits", "joan", "grace")
    ),
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
