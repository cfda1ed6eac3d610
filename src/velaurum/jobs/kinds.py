"""Kinds of jobs: what each takes, who may ask for it, and in which lane it waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar

import msgspec

from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal
from velaurum.identity.roles import Permission
from velaurum.tenancy.context import OrgContext

Lane = Literal["light", "heavy"]
Payload = TypeVar("Payload", bound=msgspec.Struct)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Payload]):
    """One kind of job. `payload` is the strict shape of what it is given; `permission` is what it takes.

    `check` refuses, with the pointer of the field, a payload that names what the organisation does not have. It runs
    when the job is asked for, and again when it is worked. After the n-th attempt that went wrong the next one comes
    after `wait` times 2 to the n-1, an hour at most, and a random part of that.
    """

    name: str
    lane: Lane
    permission: Permission
    payload: type[Payload]
    check: Callable[[Tx, OrgContext, Payload], None]
    max_attempts: int = 5
    wait: timedelta = timedelta(seconds=2)

    def read(self, payload: Mapping[str, Any]) -> Payload:
        """Return a payload as its shape. Refuses `invalid-field`."""
        try:
            return msgspec.convert(payload, self.payload, strict=True)
        except msgspec.ValidationError as error:
            detail = f"It is no payload of a job of the kind {self.name}: {error}."
            raise Refusal(
                "invalid-field", detail, (FieldError("/payload", "invalid-field", detail),)
            ) from error
