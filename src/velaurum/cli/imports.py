"""`velaurum import`: files of movements over HTTP, each row posted exactly once however often it is run."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import progress, show
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.patient_client import PatientClient
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import imports
from velaurum.exchange.imports import Tally
from velaurum.exchange.rejects import RejectsFile
from velaurum.exchange.rows import RowSource


def movements(
    file: Annotated[Path, Parameter(help="A CSV file in UTF-8, or a Parquet file.")],
    *,
    rejects: Annotated[
        Path | None,
        Parameter(help="Where to write the rows that were not posted; beside the file without it."),
    ] = None,
    flags: Remote = REMOTE,
) -> None:
    client = PatientClient(flags.settings())
    place = rejects or file.with_name(f"{file.stem}.rejects.csv")
    if place.absolute() == file.absolute():
        raise UsageError("--rejects names the file that is imported; name another.")
    post_all(client, imports.open_file(file), place, as_json=flags.json)


def post_all(client: PatientClient, source: RowSource, place: Path, *, as_json: bool) -> None:
    """Post every row of a source and tell how it went."""
    begin = time.monotonic()
    with (
        RejectsFile(place, source.columns) as rejects,
        progress.shown("Posting", source.row_count) as told,
    ):
        try:
            tally = imports.run(source, client.post_batch, rejects, lambda now: told(now.rows))
        except OperationError as error:
            raise OperationError(
                f"{error} Then run the same import again: nothing is posted twice."
            ) from error
    _tell(source, tally, place if tally.rejected else None, time.monotonic() - begin, as_json=as_json)


def _tell(source: RowSource, tally: Tally, rejects: Path | None, seconds: float, *, as_json: bool) -> None:
    rows_per_s = round(tally.rows / seconds) if seconds else 0
    if as_json:
        show.document(
            {
                "fingerprint": source.fingerprint,
                "rows": tally.rows,
                "posted": tally.posted,
                "replayed": tally.replayed,
                "rejected": tally.rejected,
                "rejects": str(rejects) if rejects else None,
                "seconds": round(seconds, 3),
                "rows_per_s": rows_per_s,
            }
        )
        return
    show.line(
        f"{tally.rows} rows: posted {tally.posted}, posted before {tally.replayed}, rejected {tally.rejected}; "
        f"{seconds:.1f} s, {rows_per_s} rows/s."
    )
    if tally.replayed and not tally.posted:
        show.note("Nothing was posted: an earlier run of this very file had posted its rows.")
    if rejects:
        show.note(f"What was rejected, and why, is in {rejects}. Correct it there, and import that file.")
