"""What a worker can do: for each kind of job how it is prepared, and what it does, in one transaction with its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.jobs.jobs import Begun, Ticket
from velaurum.jobs.kinds import Kind
from velaurum.tenancy.context import OrgContext


class LaterError(Exception):
    """What a handler raises when it may well succeed later: a stable code and a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        """Say what stands in the way now."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LostError(Exception):
    """The job is in these hands no more: it was called off, or another worker took it over."""


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt at a job. `payload` has the shape that its kind says; `progress` takes how much is done, of how much.

    progress() raises LostError when the job must be left.
    """

    ticket: Ticket
    begun: Begun
    payload: Any
    door: Database
    progress: Callable[[int, int | None], None]


Effect = Callable[[Tx, OrgContext, Task, Any], Mapping[str, Any]]
Preparation = Callable[[OrgContext, Task], Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """How a kind is worked.

    `effect` does what the job is for, in the transaction that ends it, and returns the result: either both are
    recorded or neither. What takes long, or is no business of the database, is `prepare`, before that transaction; it
    may run more than once. `door` is the role that the effect takes, where it is not the application's.
    """

    kind: Kind[Any]
    effect: Effect
    prepare: Preparation | None = None
    door: Database | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """The handlers of a worker, by kind."""

    handlers: dict[str, Handler] = field(default_factory=dict)

    def add(self, handler: Handler) -> None:
        """Take a handler. A kind has one."""
        if handler.kind.name in self.handlers:
            raise ValueError(f"the kind {handler.kind.name} has a handler")
        self.handlers[handler.kind.name] = handler

    def of(self, kind: str) -> Handler:
        """Return the handler of a kind. LaterError when this worker has none: another release may."""
        try:
            return self.handlers[kind]
        except KeyError:
            raise LaterError("unknown-kind", f"This worker has no handler of the kind {kind}.") from None


_PASSING = (
    *("overloaded", "rate-limited", "proof-pending", "read-only", "provider-failed"),
    "key-unavailable",
)


def is_passing(refusal: Refusal) -> bool:
    """Tell whether the same may be allowed a little later, without anybody doing anything."""
    return refusal.code in _PASSING
