"""Refusals: every way the product says no, with its stable code, HTTP status and one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One row of the catalogue that docs/reference/errors.md explains."""

    code: str
    status: int
    title: str


_CATALOGUE = (
    ProblemType("idempotency-key-missing", 400, "The request needs an Idempotency-Key."),
    ProblemType(
        "idempotency-key-invalid", 400, "The Idempotency-Key is not 1 to 255 visible ASCII characters."
    ),
    ProblemType("malformed-json", 400, "The body is not the JSON document that this route reads."),
    ProblemType("invalid-field", 400, "A field of the request has a value that it cannot have."),
    ProblemType("unknown-reference", 400, "The request names a record that this organisation does not have."),
    ProblemType("org-mismatch", 400, "Two parts of the request name different organisations."),
    ProblemType("unknown-parameter", 400, "The request has a query parameter that this route does not know."),
    ProblemType("unauthenticated", 401, "The request has no valid credential."),
    ProblemType(
        "second-factor-required", 401, "The password is right; its person's second factor is asked for."
    ),
    ProblemType("forbidden", 403, "The credential does not allow this."),
    ProblemType("stale-session", 403, "The session is too old for this."),
    ProblemType("suspended", 403, "The organisation is suspended."),
    ProblemType("not-found", 404, "There is no such record."),
    ProblemType("method-not-allowed", 405, "The route does not know this method."),
    ProblemType("insufficient-stock", 409, "The source does not hold that much."),
    ProblemType("quantity-not-exact", 409, "The quantity is no exact number in the unit of the item."),
    ProblemType("lot-expired", 409, "The lot has expired; it is not issued any more."),
    ProblemType(
        "insufficient-available", 409, "Others have reserved of this, or the reservation holds less."
    ),
    ProblemType("reservation-ended", 409, "The reservation was consumed or released, or has expired."),
    ProblemType("period-closed", 409, "The movement happened in a period that is closed."),
    ProblemType("serial-in-stock", 409, "The serial is in stock already."),
    ProblemType("already-reversed", 409, "The movement was reversed before."),
    ProblemType("approval-required", 409, "The movement needs an approval by somebody else."),
    ProblemType("approval-invalid", 409, "The approval does not stand for this movement."),
    ProblemType("recount-required", 409, "Somebody else has to count this again."),
    ProblemType("code-taken", 409, "The organisation has a record with this code."),
    ProblemType("conflict", 409, "The request conflicts with the state of the record."),
    ProblemType("legal-hold", 409, "A legal hold keeps the data of this person."),
    ProblemType("feed-reset", 409, "The log is not the one that the reader saw."),
    ProblemType("callback-ended", 410, "The job of this callback has ended; its secret is used up."),
    ProblemType("export-gone", 410, "The export is not kept any more."),
    ProblemType("stale-guard", 412, "The balance is not what the guard expects."),
    ProblemType("stale-version", 412, "The record changed since it was read."),
    ProblemType("too-large", 413, "The request is larger than the product reads."),
    ProblemType("unsupported-media-type", 415, "The body must be application/json."),
    ProblemType("range-not-satisfiable", 416, "The file does not have the range that was asked for."),
    ProblemType("idempotency-key-reused", 422, "The Idempotency-Key was used for another request."),
    ProblemType("precondition-required", 428, "The request needs an If-Match header."),
    ProblemType("rate-limited", 429, "Too many requests came from here."),
    ProblemType("internal", 500, "The server failed; nothing was recorded."),
    ProblemType("not-offered", 501, "The product does not offer this."),
    ProblemType("provider-failed", 502, "The identity provider did not answer as it must."),
    ProblemType("feed-held", 503, "Nobody can tell yet whether the log is what the reader saw."),
    ProblemType("key-unavailable", 503, "The key of what was asked for cannot be used now."),
    ProblemType("overloaded", 503, "The server cannot take more work now."),
    ProblemType("proof-pending", 503, "It is recorded, and no signed checkpoint covers it yet."),
    ProblemType("read-only", 503, "The organisation can be read; its log takes no entry now."),
    ProblemType("setup-required", 503, "The installation has no administrator yet."),
)
CATALOGUE: Mapping[str, ProblemType] = {problem.code: problem for problem in _CATALOGUE}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One failing field: a JSON pointer into the request body (RFC 6901), or a parameter's name."""

    pointer: str
    code: str
    detail: str


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The product says no, for a reason that the caller can act on."""

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    retry_after_s: int | None = None
    replayed: bool = False

    @property
    def problem(self) -> ProblemType:
        return CATALOGUE[self.code]

    def __str__(self) -> str:
        return self.detail


def invalid_field(pointer: str, detail: str) -> Refusal:
    return Refusal("invalid-field", detail, (FieldError(pointer, "invalid-field", detail),))


class UsageError(Exception):
    """The operator wrote something that cannot be meant; the message is one sentence with the mend."""


class OperationError(Exception):
    """The machine or the database is not as it must be; the message is one sentence with the mend."""
