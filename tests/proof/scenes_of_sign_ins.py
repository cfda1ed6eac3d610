"""The scenes of who is signed in, and by what: sessions, passkeys and providers."""

from proof.scenes import APPROVER, MANAGER, Scene, disable
from proof.worlds import HERE, THERE, free, nobody_may
from support.ledger_sql import OWNER

# Somebody who is signed in, as s.
SIGNED_IN = (
    f"(select x.id, x.principal_id from identity.session as x where x.org_id = {HERE} and x.ended_at is null"
    " order by x.id limit 1) as s"
)


def alive(method: str) -> str:
    """Return what lets every session live, opened by a method."""
    return (
        "update identity.session set ended_at = null, ended_by = null, seen_at = clock_timestamp(),"
        f" method = '{method}'"
    )


# The name of a passkey is plain in these scenes: which one does not matter here.
_CHALLENGE = (
    "alter table identity.passkey disable trigger name_is_written_sealed;"
    " insert into identity.passkey_challenge (org_id, challenge_hash, purpose, principal_id, expires_at)"
    f" select {HERE}, sha256('c'), 'register', s.principal_id, clock_timestamp() + interval '1 hour' from {SIGNED_IN}"
)
_REGISTER = (
    f"select identity.register_passkey({HERE}, s.id, gen_random_uuid(), 'fresh', sha256('r'), sha256('c'),"
    " jsonb_build_object('id', gen_random_uuid(), 'credential_id', repeat('ab', 16), 'public_key', repeat('cd', 40),"
    f" 'name', 'New', 'sign_count', 1, 'is_backed_up', false), '{{}}') from {SIGNED_IN}"
)
_TWENTY_KEYS = (
    "insert into identity.passkey"
    " (org_id, id, principal_id, credential_id, public_key, transports, name, created_by)"
    f" select {THERE}, gen_random_uuid(), s.principal_id, sha256(n::text::bytea), sha256('k'), '{{}}', 'k',"
    " s.principal_id"
    f" from {SIGNED_IN}, generate_series(1, 20) as n"
)
_BY_APPROVER = " ".join(
    f"update identity.{table} set {column} = case org_id when {THERE} then {APPROVER} else"
    f" (select m.principal_id from {MANAGER}) end;"
    for table, column in (
        ("provider", "created_by"),
        ("provider", "updated_by"),
        ("provider_subject", "created_by"),
    )
)
_LET_IN = f"from identity.session as s where s.org_id = {HERE} order by s.id"
_RAN_OUT = (
    "insert into identity.passkey_challenge (org_id, challenge_hash, purpose, expires_at)"
    " select x.org_id, sha256(x.word), 'sign-in', clock_timestamp() + x.ends from (values"
    f" ({HERE}, 'a'::bytea, interval '-1 hour'), ({THERE}, 'a', interval '1 hour'),"
    f" ({HERE}, 'b', interval '1 hour'), ({THERE}, 'b', interval '-1 hour')) as x (org_id, word, ends);"
    " update identity.sign_in set created_at = created_at - interval '1 day',"
    " expires_at = expires_at - interval '1 day'"
)

SCENES_OF_SIGN_INS = (
    Scene(
        "a challenge, when others ran out",
        f"select identity.challenge_anybody({HERE}, sha256('c'))",
        _RAN_OUT,
    ),
    Scene(
        "a sign-in, when others ran out",
        f"select identity.begin_sign_in({HERE}, gen_random_uuid(), p.id, sha256('d'), '/', interval '5 minutes')"
        f" from identity.provider as p where p.org_id = {HERE}",
        _RAN_OUT,
    ),
    Scene(
        "whoever is signed in is disabled",
        disable("s.principal_id", "null", f"{MANAGER}, {SIGNED_IN}"),
        alive("oidc"),
    ),
    Scene(
        "whom the same person let in elsewhere",
        f"select s.id, identity.is_let_in_by({HERE}, s.id, {APPROVER}) {_LET_IN}",
        f"{_BY_APPROVER} {alive('oidc')}",
        OWNER,
    ),
    Scene(
        "whose hand let somebody in elsewhere",
        f"select s.id, ledger.is_of_one_hand({HERE}, {APPROVER}, s.id) {_LET_IN}",
        f"{_BY_APPROVER} {alive('oidc')}",
        OWNER,
    ),
    Scene(
        "what a session reaches, that ended elsewhere",
        f"select s.id, r.* from identity.session as s cross join lateral identity.reach({HERE}, s.id, 'read') as r"
        f" where s.org_id = {HERE}",
        f"{alive('password')}; {nobody_may(THERE)}",
    ),
    Scene("a passkey is registered", _REGISTER, f"{alive('passkey')}; {_CHALLENGE}"),
    Scene(
        "a passkey is registered, by whom there has all that are allowed",
        _REGISTER,
        f"{alive('passkey')}; {_CHALLENGE}; {_TWENTY_KEYS}",
    ),
    Scene(
        "a passkey is registered, in a session that has ended elsewhere",
        _REGISTER,
        f"{alive('passkey')}; update identity.session set ended_at = clock_timestamp(), ended_by = created_by"
        f" where org_id = {THERE}; {_CHALLENGE}",
    ),
    Scene(
        "a passkey is revoked, whose person has sessions elsewhere",
        f"select identity.revoke_passkey({HERE}, s.id, gen_random_uuid(), k.id) from identity.passkey as k"
        f" inner join identity.session as s on s.org_id = k.org_id and s.principal_id = k.principal_id"
        f" where k.org_id = {HERE} and k.revoked_at is null order by s.id limit 1",
        alive("passkey"),
    ),
    Scene(
        "a passkey is used, which counted further elsewhere",
        f"select identity.use_passkey({HERE}, k.id, (select max(u.sign_count) + 1 from identity.passkey_use as u"
        f" where u.org_id = {HERE} and u.passkey_id = k.id), false)"
        f" from identity.passkey as k where k.org_id = {HERE} and k.revoked_at is null order by k.id limit 1",
        free(
            "identity.passkey_use",
            do=f"update identity.passkey_use set sign_count = 1000 where org_id = {THERE}",
        ),
    ),
    Scene(
        "a subject is taken away, whose sessions live elsewhere",
        f"select identity.unlink_subject({HERE}, x.created_by, null, null, x.id) from identity.provider_subject as x"
        f" where x.org_id = {HERE} and x.removed_at is null and x.subject = 'ada'",
        alive("oidc"),
    ),
    *(
        Scene(
            f"a provider is disabled, {who}",
            f"select u.* from identity.provider as p cross join lateral identity.update_provider({HERE}, p.created_by,"
            " null, null, p.id, p.version, p.name, p.client_id, p.client_auth, p.client_secret, p.tenant_ids,"
            " true) as u"
            f" where p.org_id = {HERE} and p.code = 'idp'",
            f"{alive('oidc')}; {world}",
        )
        for who, world in (
            ("whose people are signed in elsewhere", "select 1"),
            (
                "who was let in elsewhere alone",
                (
                    "update identity.provider_subject set removed_at = created_at, removed_by = created_by"
                    f" where org_id = {HERE} and removed_at is null"
                ),
            ),
        )
    ),
    Scene(
        "a subject that is linked elsewhere alone",
        f"select identity.vouched_for({HERE}, p.id, x.subject_index, null) from identity.provider as p"
        f" inner join identity.provider_subject as x on x.org_id = {HERE} and x.provider_id = p.id"
        f" and x.subject = 'grace' where p.org_id = {HERE} and p.code = 'idp'",
        f"update identity.provider set disabled_at = null, disabled_by = null;"
        " update identity.provider_subject set removed_at = created_at, removed_by = created_by"
        f" where org_id = {HERE} and removed_at is null",
    ),
)
