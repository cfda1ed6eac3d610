"""`velaurum import journey`: the real year of a grocery chain, for demos and for proving the ledger."""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from velaurum.cli import progress, show
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.imports import post_all
from velaurum.cli.patient_client import PatientClient
from velaurum.exchange.journey import Journey

REJECTS = Path("journey.rejects.csv")


def journey(
    part: Annotated[
        Literal["catalog", "movements"],
        Parameter(help="First its items and locations, as org-admin; then its movements, as storekeeper."),
    ],
    *,
    store: Annotated[
        list[int] | None,
        Parameter(help="Only this store; give it again for more. All 457 without it.", negative=()),
    ] = None,
    rejects: Annotated[Path, Parameter(help="Where to write the rows that were not posted.")] = REJECTS,
    flags: Remote = REMOTE,
) -> None:
    client = PatientClient(flags.settings())
    year = Journey(store or ())
    if part == "movements":
        post_all(client, year, rejects, as_json=flags.json)
        return
    made = {
        noun: create_missing(client, noun, records)
        for noun, records in (("locations", year.locations()), ("items", year.items()))
    }
    if flags.json:
        show.document({"created": made})
    else:
        show.line(f"Created {made['items']} items and {made['locations']} locations; the others were there.")


def create_missing(
    client: PatientClient, noun: str, records: Iterable[Mapping[str, Any]], *, silent: bool = False
) -> int:
    """Create the records whose code the organisation does not have, and return how many those were."""
    present = {one["code"] for one in client.rows(f"/{noun}", None)["data"]}
    missing = [record for record in records if record["code"] not in present]
    with progress.shown(f"Creating {noun}", len(missing), silent=silent) as told:
        for done, record in enumerate(missing, start=1):
            client.send(f"/{noun}", record, str(uuid.uuid4()))
            told(done)
    return len(missing)
