"""What may be otherwise in one of two organisations, as SQL that is run before a call and undone with it.

`HERE` is the organisation that the call is made in, `THERE` the other one. Every call is tried in `WORLDS`; a scene
(`scenes.py`) has a world of its own.
"""

from proof.installed import OTHER

HERE = "current_setting('velaurum.org')::uuid"
THERE = OTHER


def free(*tables: str, do: str) -> str:
    """Return what `do` does to tables whose own triggers would refuse or record it."""
    off, on = (
        " ".join(f"alter table {table} {word} trigger user;" for table in tables)
        for word in ("disable", "enable")
    )
    return f"{off} {do}; {on}"


def nobody_may(whose: str) -> str:
    """Return what revokes every token and ends every session of an organisation."""
    return free(
        "identity.token",
        do=f"update identity.token set revoked_at = clock_timestamp(), revoked_by = created_by where org_id = {whose}"
        " and revoked_at is null;"
        " update identity.session set ended_at = clock_timestamp(), ended_by = created_by"
        f" where org_id = {whose} and ended_at is null",
    )


def everybody_is_disabled(whose: str) -> str:
    """Return what disables every principal of an organisation, and nothing else of them."""
    return free(
        "identity.principal",
        do="update identity.principal set disabled_at = clock_timestamp(), disabled_by = created_by"
        f" where org_id = {whose} and disabled_at is null",
    )


WORLDS = {
    "nobody may do anything in the other organisation": nobody_may(THERE),
    "the other organisation is suspended": (
        f"update tenancy.org set suspended_at = clock_timestamp() where org_id = {THERE}"
    ),
    "nobody may do anything in this one": nobody_may(HERE),
    "everybody is disabled in the other organisation": everybody_is_disabled(THERE),
    "everybody is disabled in this one": everybody_is_disabled(HERE),
}
