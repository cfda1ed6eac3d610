"""Import: every row of a file posted exactly once, however often and however far a run got.

A row's idempotency key is made of the file's content and the row's place. So a second run of the same
file repeats every request, and the ledger answers with what it decided the first time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from velaurum.exchange.rejects import INVALID_ROW, RejectsFile
from velaurum.exchange.rows import Row, RowSource

MOST_ROWS = 1_000
# A batch of the API is 4 MiB at most, and JSON may need six bytes for one of ours.
MOST_TEXT_BYTES = 512 * 1024

# Of a check alone: whether a source holds enough depends on rows that other batches would have posted before.
DEPENDS = "depends-on-earlier-rows"
_DEPENDS = "Earlier rows of this file may bring what it lacks: a check posts none. "

PostBatch = Callable[[Sequence[Mapping[str, str]]], Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class Tally:
    """How the rows so far ended: posted by this run, posted by an earlier one, or rejected.

    Of a check, `posted` would be, and of `depends` it cannot say.
    """

    posted: int = 0
    replayed: int = 0
    rejected: int = 0
    depends: int = 0

    @property
    def rows(self) -> int:
        return self.posted + self.replayed + self.rejected + self.depends


def run(
    source: RowSource,
    post: PostBatch,
    rejects: RejectsFile,
    on_progress: Callable[[Tally], None],
    *,
    is_check: bool = False,
) -> Tally:
    """Post every row once, in order; afterwards each is in the ledger or among the rejects.

    `post` sends movements as one independent batch and returns its results; what it raises ends the run,
    and the next run completes it. Of a check it posts nothing, and each batch is judged by what stands now.
    """
    tally = Tally()
    for batch in batches(source.rows()):
        has_earlier = is_check and tally.posted > 0
        sendable = [row for row in batch if row.fault is None]
        results = iter(post([_request(source, row) for row in sendable]) if sendable else ())
        for row in batch:
            result = next(results) if row.fault is None else _local_fault(row.fault)
            _count(tally, rejects, row, _of_check(result) if has_earlier else result)
        on_progress(tally)
    return tally


def batches(found: Iterable[Row]) -> Iterator[list[Row]]:
    """Cut rows into batches that the API takes, whatever their cells hold."""
    batch: list[Row] = []
    size_bytes = 0
    for row in found:
        row_bytes = sum(len(cell.encode()) for cell in row.cells)
        if batch and (len(batch) == MOST_ROWS or size_bytes + row_bytes > MOST_TEXT_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(row)
        size_bytes += row_bytes
    if batch:
        yield batch


def _request(source: RowSource, row: Row) -> dict[str, str]:
    return {**row.movement, "idempotency_key": f"import-{source.fingerprint}-{row.place}"}


def _local_fault(detail: str) -> Mapping[str, Any]:
    return {"status": HTTPStatus.BAD_REQUEST, "problem": {"code": INVALID_ROW, "detail": detail}}


def _count(tally: Tally, rejects: RejectsFile, row: Row, result: Mapping[str, Any]) -> None:
    if result["status"] == HTTPStatus.CREATED:
        tally.posted += 1
    elif result["status"] == HTTPStatus.OK:
        tally.replayed += 1
    else:
        problem = result["problem"]
        if problem["code"] == DEPENDS:
            tally.depends += 1
        else:
            tally.rejected += 1
        rejects.write(row, problem)


def _of_check(result: Mapping[str, Any]) -> Mapping[str, Any]:
    problem = result.get("problem", {})
    if problem.get("code") not in ("insufficient-stock", "insufficient-available"):
        return result
    return {**result, "problem": {**problem, "code": DEPENDS, "detail": _DEPENDS + problem["detail"]}}
