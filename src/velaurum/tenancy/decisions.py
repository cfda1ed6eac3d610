"""How the creation of a record ends: made now, made before by the same key, or refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from velaurum.errors import FieldError, Refusal

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Created(Generic[Record]):
    """The record that stands for a key, or the refusal that stands instead; both are decisions to commit."""

    record: Record | None
    refusal: Refusal | None
    replayed: bool

    def require(self) -> Record:
        """Return the record or raise the refusal. Ask after the commit: raised before, it undoes the decision."""
        if self.record is None:
            raise self.refusal or AssertionError("a creation ends with a record or a refusal")
        return self.record


@dataclass(frozen=True, slots=True)
class Decision:
    """What the database decided for one creation; `record_id` when there is a record."""

    outcome: str
    replayed: bool
    record_id: str | None
    problem: Mapping[str, Any] | None

    def created(self, get: Callable[[str], Record]) -> Created[Record]:
        """Return how the creation ended, with the record that `get` finds."""
        if self.outcome == "mismatch":
            detail = "This Idempotency-Key was used for another request."
            return Created(None, Refusal("idempotency-key-reused", detail), replayed=False)
        if self.record_id is not None:
            return Created(get(self.record_id), None, self.replayed)
        detail = "This organisation has a record with this code, or with one that looks like it."
        errors = (FieldError("/code", "code-taken", detail),)
        return Created(None, Refusal("code-taken", detail, errors, replayed=self.replayed), self.replayed)
