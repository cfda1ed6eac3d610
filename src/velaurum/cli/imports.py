"""`velaurum import`: files of movements over HTTP, each row posted exactly once however often it is run."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import progress, show
from velaurum.cli.file_flags import FILE_FLAGS, FileFlags
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.patient_client import PatientClient
from velaurum.errors import OperationError, UsageError
from velaurum.exchange import imports
from velaurum.exchange.imports import PostBatch, Tally
from velaurum.exchange.read_files import ReadFile
from velaurum.exchange.rejects import RejectsFile
from velaurum.exchange.rows import RowSource

File = Annotated[Path, Parameter(help="A CSV, XLSX, NDJSON or Parquet file.")]
Rejects = Annotated[
    Path | None,
    Parameter(help="Where to write the rows that were not posted; beside the file without it."),
]


def run(file: File, *, rejects: Rejects = None, said: FileFlags = FILE_FLAGS, flags: Remote = REMOTE) -> None:
    client = PatientClient(flags.settings())
    _post_file(client, file, rejects, said, is_check=False, as_json=flags.json)


def check(
    file: File, *, rejects: Rejects = None, said: FileFlags = FILE_FLAGS, flags: Remote = REMOTE
) -> None:
    client = PatientClient(flags.settings())
    _post_file(client, file, rejects, said, is_check=True, as_json=flags.json)


def post_all(client: PatientClient, source: RowSource, place: Path, *, as_json: bool) -> None:
    """Post every row of a source and tell how it went."""
    with RejectsFile(place, source.columns) as rejects:
        _post(client.post_batch, source, rejects, is_check=False, as_json=as_json)


def _post_file(
    client: PatientClient,
    file: Path,
    place: Path | None,
    said: FileFlags,
    *,
    is_check: bool,
    as_json: bool,
) -> None:
    if place is not None and place.absolute() == file.absolute():
        raise UsageError("--rejects names the file that is imported; name another.")
    post = client.try_batch if is_check else client.post_batch
    with ReadFile(file, said.mapping()) as source:
        place = place or file.with_name(f"{file.stem}.rejects.{source.format}")
        with RejectsFile(place, source.columns, source.format, delimiter=source.delimiter) as rejects:
            _post(post, source, rejects, is_check=is_check, as_json=as_json)


def _post(post: PostBatch, source: RowSource, rejects: RejectsFile, *, is_check: bool, as_json: bool) -> None:
    begin = time.monotonic()
    with progress.shown("Checking" if is_check else "Posting", source.row_count) as told:
        try:
            tally = imports.run(source, post, rejects, lambda now: told(now.rows), is_check=is_check)
        except OperationError as error:
            raise OperationError(
                f"{error} Then run the same import again: nothing is posted twice."
            ) from error
    seconds = time.monotonic() - begin
    place = rejects.path if rejects.count else None
    if as_json:
        show.document(_document(source, tally, place, seconds, is_check=is_check))
    elif is_check:
        _tell_of_check(tally, place)
    else:
        _tell(tally, place, seconds)


def _document(
    source: RowSource, tally: Tally, rejects: Path | None, seconds: float, *, is_check: bool
) -> dict[str, object]:
    return {
        "fingerprint": source.fingerprint,
        "rows": tally.rows,
        **({"would_post": tally.posted} if is_check else {"posted": tally.posted}),
        "replayed": tally.replayed,
        "rejected": tally.rejected,
        **({"depends": tally.depends} if is_check else {}),
        "rejects": str(rejects) if rejects else None,
        "seconds": round(seconds, 3),
        "rows_per_s": _rate(tally, seconds),
    }


def _tell(tally: Tally, rejects: Path | None, seconds: float) -> None:
    show.line(
        f"{tally.rows} rows: posted {tally.posted}, posted before {tally.replayed}, rejected {tally.rejected}; "
        f"{seconds:.1f} s, {_rate(tally, seconds)} rows/s."
    )
    if tally.replayed and not tally.posted:
        show.note("Nothing was posted: an earlier run of this very file had posted its rows.")
    if rejects:
        show.note(f"What was rejected, and why, is in {rejects}. Correct it there, and import that file.")


def _tell_of_check(tally: Tally, rejects: Path | None) -> None:
    show.line(
        f"{tally.rows} rows checked, nothing posted: {tally.posted} would be posted, {tally.replayed} were posted "
        f"before, {tally.rejected} would be rejected, {tally.depends} depend on earlier rows."
    )
    if rejects:
        show.note(f"Which, and why, is in {rejects}. Correct the file, and check it again.")


def _rate(tally: Tally, seconds: float) -> int:
    return round(tally.rows / seconds) if seconds else 0
