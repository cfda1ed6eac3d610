"""Failures: for each way to fail one sentence, one code for programs and one exit code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from velaurum.cli import show
from velaurum.errors import OperationError, Refusal, UsageError

OK, FAILED, USAGE, NOT_FOUND, NOT_ALLOWED, CONFLICT, NOT_VERIFIED = range(7)
INTERRUPTED = 130
# What a problem document says beyond its sentence that a person wants to read.
_HELD = ("available", "available_at", "on_hand", "closed_until")

_BY_STATUS = {
    400: USAGE,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    412: CONFLICT,
    422: CONFLICT,
}


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The server said no; the problem document as it came, where its page is, and when to come back."""

    def __init__(self, problem: Mapping[str, Any], server: str, retry_after_s: float = 0.0) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title")))
        self.problem = problem
        self.page = f"{server}{problem['type']}"
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Failure:
    """What is told of an error; `sentence` ends with the mend."""

    code: str
    sentence: str
    exit_code: int
    more: Mapping[str, Any] = field(default_factory=dict)


def report(error: Exception, *, as_json: bool) -> int:
    """Tell of an error on stderr, as a sentence or as an envelope for programs; returns the exit code."""
    failure = describe(error)
    if as_json:
        show.note(json.dumps({"code": failure.code, "detail": failure.sentence, **failure.more}))
    else:
        show.note(failure.sentence)
    return failure.exit_code


def describe(error: Exception) -> Failure:
    """Find the words and the exit code of an error."""
    match error:
        case UsageError():
            return Failure("usage", str(error), USAGE)
        case OperationError():
            return Failure("failed", str(error), FAILED)
        case Refusal():
            return Failure(error.code, error.detail, _exit_code(error.problem.status))
        case Refused():
            return _refused(error)
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return Failure("failed", f"{where}{error.strerror or error}.", FAILED)
        case _:
            return _unforeseen(error)


def _unforeseen(error: Exception) -> Failure:
    reason, *_ = (*str(error).strip().splitlines(), "without a word")
    if type(error).__module__.partition(".")[0] == "psycopg":
        mend = "`velaurum doctor` looks for the cause."
        return Failure("failed", f"The database says: {reason.rstrip('.')}; {mend}", FAILED)
    what = f"{type(error).__name__}: {reason}"
    mend = "`python -X dev -m velaurum` with the same words shows where."
    return Failure("unexpected", f"Velaurum failed in a way that it did not expect ({what}); {mend}", FAILED)


def _refused(error: Refused) -> Failure:
    problem = error.problem
    fields = [f"{one['pointer'].strip('/')}: {one['detail']}" for one in problem.get("errors", ())]
    held = [f"({name.replace('_', ' ')}: {problem[name]})" for name in _HELD if name in problem]
    sentence = " ".join([*(fields or [str(error)]), *held, f"What to do: {error.page}"])
    more = {name: value for name, value in problem.items() if name not in ("type", "title", "detail", "code")}
    return Failure(str(problem["code"]), sentence, _exit_code(int(problem["status"])), more)


def _exit_code(status: int) -> int:
    return _BY_STATUS.get(status, FAILED)
