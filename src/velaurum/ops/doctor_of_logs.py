"""What `velaurum doctor` looks at of the logs: held, the meta-log too; verified; signed in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from velaurum import secret_files
from velaurum.audit import logs, signers
from velaurum.config import Settings
from velaurum.db import external
from velaurum.errors import OperationError
from velaurum.ops import anchoring, scheduling, stalls, verifying
from velaurum.ops.diagnosis import Finding, door, outside, pending
from velaurum.tenancy import orgs

# A verification that is missing for so many times its interval is late.
LATE = 2


def held_logs(application: str, administrator: str) -> Iterator[Finding]:
    name = "Every organisation's log takes entries"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    with outside(application) as tx:
        held = orgs.held(tx)
    codes = ", ".join(one.code for one in held)
    yield Finding(
        name,
        not held,
        f"Held: {codes}. {' '.join(one.reason for one in held)} Restore a newer copy, or run "
        f"`velaurum log reopen CODE --reason TEXT`, which shows what is lost.",
    )


def held_meta_log(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether the meta-log is what was signed of it on this machine; where nothing was, it takes leaves."""
    name = "The meta-log takes leaves"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    try:
        reason = _meta_difference(settings, application)
    except OperationError as error:
        yield Finding(name, None, str(error))
        return
    yield Finding(
        name,
        reason is None,
        f"Held: {reason} Restore a newer copy, or run `velaurum log reopen --meta --reason TEXT`, which shows what "
        "is lost. Until then nothing new is time-stamped.",
    )


def verified(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell what the last verification of each log found, and whether it is long ago."""
    name = "The last verification of each log found nothing"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    with door(application) as opened:
        newest = verifying.newest_of_each(opened)
    bad = [
        f"{org.code}: {', '.join(one.codes)} at {one.ended_at}"
        for org, one in newest
        if one is not None and one.findings
    ]
    yield Finding(
        name,
        not bad,
        f"{'; '.join(bad)}. `velaurum verify db` names each; then see docs/reference/findings.md.",
    )
    every = scheduling.interval(settings)
    if every is None:
        return
    ages = {org.code: _age(org.created_at if one is None else one.ended_at) for org, one in newest}
    late = [code for code, age in ages.items() if age > LATE * every]
    oldest = f", {_hours(max(ages.values()))} ago or less" if ages else ""
    yield Finding(
        f"Every log was verified in time{oldest}",
        not late,
        f"Late: {', '.join(late)}. The server's log says why; `velaurum verify db --record` does it now.",
    )


def unsigned_logs(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    name = "Every organisation's log is signed within the minute that was promised"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    stalled = stalls.read(settings.data_dir)
    with outside(application) as tx:
        held = {one.code for one in orgs.held(tx)}  # a finding of its own
        waiting = [
            (one, logs.unsigned(tx.within(one.org_id), one.org_id))
            for one in orgs.list_all(tx)
            if one.code not in held
        ]
    late = [
        _late(one.code, waits.since, stalled.get(one.org_id))
        for one, waits in waiting
        if waits is not None and (waits.is_late or one.org_id in stalled)
    ]
    yield Finding(
        name,
        not late,
        f"Behind: {'; '.join(late)}. Start `velaurum up` if it does not run; its log says what it cannot do. On a "
        "server of your own start it once with the administrator's URL, so that velaurum_integrator may log in.",
    )


def promised(integrator: str | None) -> Iterator[Finding]:
    """Tell whether a server here has a signer beside it, without which it answers postings with no promise."""
    name = "A server here signs, and promises what is recorded its place in the log"
    if integrator is None:
        yield Finding(
            name,
            None,
            "Nobody may log in as velaurum_integrator here: a server signs nothing, and answers postings without "
            "Velaurum-Promise. Run `velaurum migrate` once with the administrator's URL.",
        )
        return
    try:
        with external.connected(integrator):
            pass
    except OperationError as error:
        yield Finding(name, holds=False, mend=f"velaurum_integrator cannot log in. {error}")
    else:
        yield Finding(name, holds=True, mend="")


def _meta_difference(settings: Settings, application: str) -> str | None:
    # A key is made where there is none, and a check changes nothing.
    needed = (f"{secret_files.FOLDER}/{signers.KEY_FILE}", f"{signers.FOLDER}/{signers.STATEMENTS_FILE}")
    if not all((settings.data_dir / one).exists() for one in needed):
        return None
    with door(application) as opened:
        return anchoring.difference(opened, signers.load(settings.data_dir))


def _late(code: str, since: str, stall: stalls.Stall | None) -> str:
    why = "" if stall is None else f", {stall.reason}: {stall.detail}"
    return f"{code} since {since}{why}"


def _age(instant: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(instant)


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.1f} h"
