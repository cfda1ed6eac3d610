"""`velaurum org`: organisations, made, suspended and resumed on the data directory."""

import re
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Org

Code = Annotated[str, Parameter(help="The code of the organisation.")]
Reason = Annotated[str, Parameter(help="Why, for whoever reads the history.")]


def create(
    code: Annotated[str, Parameter(help="Its code, in every URL, never changed: acme, north-depot.")],
    /,
    *,
    region: Annotated[
        str, Parameter(help="Where its data is kept: canada-central, or as written: Canada Central.")
    ],
    flags: Local = LOCAL,
) -> None:
    slug = re.sub(r"[\s_]+", "-", region.strip().lower())
    with local.transaction(flags.settings()) as tx:
        made = orgs.create(tx, code, slug)
    if flags.json:
        show.document({"id": made.org_id, "code": made.code, "region": made.region})
        return
    show.line(f"{made.code} in {made.region}, {made.org_id}")
    show.note(f"Next: velaurum token create --org {made.code} --role org-admin")


def list_all(*, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = orgs.list_all(tx)
    if flags.json:
        show.document({"data": [_document(one) for one in found]})
        return
    rows = [(one.code, one.region, one.created_at, one.suspended_at or "", one.org_id) for one in found]
    show.table(("code", "region", "created at", "suspended at", "id"), rows)


def show_one(org: Code, /, *, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = local.existing(tx, org)
        history = orgs.suspensions(tx, found)
    if flags.json:
        show.document({**_document(found), "suspensions": [asdict(one) for one in history]})
        return
    show.record(_document(found))
    if history:
        show.line("")
        show.table(
            ("at", "action", "by", "reason"), [(one.at, one.action, one.actor, one.reason) for one in history]
        )


def suspend(org: Code, /, *, reason: Reason, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = local.existing(tx, org)
        orgs.suspend(tx, found, reason)
    _tell(found, "suspended", flags)


def resume(org: Code, /, *, reason: Reason, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = local.existing(tx, org)
        orgs.resume(tx, found, reason)
    _tell(found, "resumed", flags)


def _tell(org: Org, state: str, flags: Local) -> None:
    if flags.json:
        show.document({"id": org.org_id, "code": org.code, "state": state})
    else:
        show.line(f"{org.code} is {state}.")


def _document(org: Org) -> dict[str, str | None]:
    return {
        "id": org.org_id,
        "code": org.code,
        "region": org.region,
        "created_at": org.created_at,
        "suspended_at": org.suspended_at,
    }
