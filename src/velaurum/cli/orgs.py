"""`velaurum org`: organisations, made on the data directory."""

import re
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.tenancy import orgs


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
        show.document(
            {
                "data": [
                    {"id": one.org_id, "code": one.code, "region": one.region, "created_at": one.created_at}
                    for one in found
                ]
            }
        )
        return
    rows = [(one.code, one.region, one.created_at, one.org_id) for one in found]
    show.table(("code", "region", "created at", "id"), rows)
