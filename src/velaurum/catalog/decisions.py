"""How the creation of a record ends: made now, made before by the same key, or refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from velaurum.errors import FieldError, Refusal


@dataclass(frozen=True, slots=True)
class Creation:
    """What the database decided for one creation; `record_id` when there is a record."""

    outcome: str
    replayed: bool
    record_id: str | None
    problem: Mapping[str, Any] | None

    def require_record(self) -> str:
        """Return the record's id, or raise the Refusal that stands for this key."""
        if self.outcome == "mismatch":
            raise Refusal("idempotency-key-reused", "This Idempotency-Key was used for another request.")
        if self.record_id is None:
            detail = "This organisation has a record with this code, or with one that looks like it."
            raise Refusal(
                "code-taken", detail, (FieldError("/code", "code-taken", detail),), replayed=self.replayed
            )
        return self.record_id
