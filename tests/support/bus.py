"""A queue as a message bus keeps it: sessions, locks, duplicates, dead letters. No protocol, and the caller's clock."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from proton import Message

TOO_OFTEN = "MaxDeliveryCountExceeded"


@dataclass(slots=True, eq=False)
class Stored:
    """A message in a queue; `held_by` is the link that it was sent on and that has not settled it."""

    sequence: int
    message: Message
    enqueued_at: float
    failures: int = 0
    held_by: Any = None
    tag: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(slots=True)
class Lock:
    """Who has a session, until when."""

    link: Any
    until: float


@dataclass(slots=True)
class Entity:
    """A queue that requires sessions, with its dead letters, which do not."""

    lock_s: float
    max_deliveries: int
    window_s: float = 600.0
    live: list[Stored] = field(default_factory=list)
    dead: list[Stored] = field(default_factory=list)
    locks: dict[str, Lock] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    _sequence: int = 0

    def put(self, message: Message, now: float) -> None:
        """Take a message in, unless one with its id came within the window."""
        if message.id is not None:
            if now - self.published.get(message.id, -self.window_s) < self.window_s:
                self.dropped.append(message.id)
                return
            self.published[message.id] = now
        self._sequence += 1
        self.live.append(Stored(self._sequence, message, now))

    def accept(self, session_id: str | None, link: Any, now: float) -> str | None:
        """Lock a session for a link, or the next that has messages; None while that cannot be."""
        candidates = [session_id] if session_id else dict.fromkeys(one.message.group_id for one in self.live)
        for found in candidates:
            if found not in self.locks:
                self.locks[found] = Lock(link, now + self.lock_s)
                return found
        return None

    def renew(self, session_id: str, now: float) -> float | None:
        """Hold a session for as long again; the instant until when, None where nobody has it."""
        if (lock := self.locks.get(session_id)) is None:
            return None
        lock.until = now + self.lock_s
        return lock.until

    def holds(self, link: Any) -> bool:
        return any(lock.link == link for lock in self.locks.values())

    def expire(self, now: float) -> Iterator[Any]:
        """Take back sessions whose lock is over, and yield the links that had them."""
        for session_id, lock in [*self.locks.items()]:
            if lock.until <= now:
                del self.locks[session_id]
                self._return(lock.link, has_failed=True)
                yield lock.link

    def leave(self, link: Any) -> None:
        """Let a link go that said so: its session is free, and what it held comes again, which counts for nothing."""
        self.locks = {name: lock for name, lock in self.locks.items() if lock.link != link}
        self._return(link, has_failed=False)

    def next_of(self, session_id: str) -> Stored | None:
        return next(
            (one for one in self.live if one.message.group_id == session_id and one.held_by is None), None
        )

    def next_dead(self) -> Stored | None:
        return next((one for one in self.dead if one.held_by is None), None)

    def settle(self, stored: Stored) -> None:
        """Remove a message, from wherever it is."""
        for place in (self.live, self.dead):
            if stored in place:
                place.remove(stored)

    def abandon(self, stored: Stored, *, has_failed: bool = True) -> None:
        """Have a message delivered again, unless it failed too often."""
        stored.held_by = None
        stored.failures += has_failed
        if stored in self.live and stored.failures >= self.max_deliveries:
            self.bury(stored, TOO_OFTEN, f"It could not be consumed after {stored.failures} deliveries.")

    def bury(self, stored: Stored, reason: str, description: str) -> None:
        """Make a message a dead letter."""
        self.settle(stored)
        stored.held_by = None
        stored.message.properties = {
            **(stored.message.properties or {}),
            "DeadLetterReason": reason,
            "DeadLetterErrorDescription": description,
        }
        self.dead.append(stored)

    def _return(self, link: Any, *, has_failed: bool) -> None:
        for one in [*self.live, *self.dead]:
            if one.held_by == link:
                self.abandon(one, has_failed=has_failed)


@dataclass(slots=True)
class Queues:
    """The queues of a namespace by their names; with `makes`, every other that is asked for is made."""

    made: dict[str, Entity]
    makes: Callable[[], Entity] | None = None

    def at(self, address: str | None) -> Entity | None:
        """Return the queue that an address leads to, itself or to its dead letters or its management."""
        name = path_of(address).partition("/$")[0]
        if name not in self.made and self.makes is not None and not name.startswith("$"):
            self.made[name] = self.makes()
        return self.made.get(name)

    def of(self, link: Any) -> Entity:
        """Return the queue of a consumer's link."""
        found = self.at(link.source.address)
        assert found is not None
        return found

    def leave(self, link: Any) -> None:
        for entity in self.made.values():
            entity.leave(link)

    def expire(self, now: float) -> Iterator[Any]:
        """Take back sessions whose lock is over, and yield the links that had them."""
        for entity in [*self.made.values()]:
            yield from entity.expire(now)


def path_of(address: str | None) -> str:
    given = address or ""
    return given.split("/", 3)[-1] if "://" in given else given
