"""The scenes of what is cut off while a log is held: tokens and principals, here and not elsewhere."""

from proof.scenes import PASSER_BY, Scene
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OPERATOR


def held(whose: str, since: str, reason: str) -> str:
    return free(
        "tenancy.org",
        do=f"update tenancy.org set held_since = {since}, held_reason = {reason} where org_id in ({whose})",
    )


BOTH = f"{HERE}, {THERE}"
HELD = "clock_timestamp()", "'scene'"
FREE = "null", "null"
# Somebody who is signed in, as s, with everything that lets them in, in either organisation.
_SIGNED_IN = (
    f"(select x.principal_id from identity.session as x where x.org_id = {HERE}"
    " order by x.ended_at nulls first, x.id limit 1) as s"
)
_STILL_HERE = "; ".join(
    (
        free(
            "identity.session",
            do=f"update identity.session set ended_at = null, ended_by = null where org_id in ({BOTH})",
        ),
        free(
            "identity.principal",
            do=f"update identity.principal set disabled_at = null, disabled_by = null where org_id in ({BOTH})",
        ),
        free(
            "identity.token",
            do=f"update identity.token set revoked_at = null, revoked_by = null where org_id in ({BOTH})",
        ),
    )
)
SCENES_OF_CUTTING = (
    Scene(
        "a token is cut off, whose organisation is held",
        f"select identity.cut_token({HERE}, t.id) from {PASSER_BY}",
        f"{held(HERE, *HELD)}; {held(THERE, *FREE)}",
    ),
    Scene(
        "no token is cut off, whose other organisation is held",
        f"select identity.cut_token({HERE}, t.id) from {PASSER_BY}",
        f"{held(HERE, *FREE)}; {held(THERE, *HELD)}",
    ),
    Scene(
        "what was cut off is revoked, and nothing elsewhere",
        f"select i.number from audit.open_incarnation({HERE}, 9, 1, 5, repeat('A', 43) || '=', 'scene') as i",
        f"{held(BOTH, *HELD)}; "
        + free(
            "identity.token",
            do=f"update identity.token set secret_hash = decode(repeat('00', 32), 'hex') where org_id in ({BOTH})",
        ),
        OPERATOR,
    ),
    Scene(
        "a principal is cut off, whose organisation is held",
        f"select identity.cut_principal({HERE}, s.principal_id) from {_SIGNED_IN}",
        f"{held(HERE, *HELD)}; {held(THERE, *FREE)}; {_STILL_HERE}",
    ),
    Scene(
        "no principal is cut off, whose other organisation is held",
        f"select identity.cut_principal({HERE}, s.principal_id) from {_SIGNED_IN}",
        f"{held(HERE, *FREE)}; {held(THERE, *HELD)}; {_STILL_HERE}",
    ),
    Scene(
        "a principal is cut off, and nobody elsewhere",
        f"select identity.cut_principal({HERE}, s.principal_id) from {_SIGNED_IN}",
        f"{held(BOTH, *HELD)}; {_STILL_HERE}",
    ),
    Scene(
        "who was cut off is disabled, and nobody elsewhere",
        f"select i.number from audit.open_incarnation({HERE}, 9, 1, 5, repeat('A', 43) || '=', 'scene') as i",
        f"{held(BOTH, *HELD)}; {_STILL_HERE}; "
        + free(
            "identity.principal",
            do=f"update identity.principal set cut_at = clock_timestamp() where org_id in ({BOTH}) and name = 'Ada'",
        ),
        OPERATOR,
    ),
)

# What a statement meets elsewhere that no story leaves: it is made once more there.
WORLDS_OF_CUTTING = {
    "identity.tokens.cut_off": f"{held(BOTH, *HELD)}; "
    + free(
        "identity.token",
        do="update identity.token set revoked_at = null, revoked_by = null, secret_hash = sha256('scene')"
        f" where org_id in ({BOTH})",
    ),
    "identity.principals.cut_off": f"{held(BOTH, *HELD)}; {_STILL_HERE}",
}
