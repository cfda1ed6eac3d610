"""Messages as a bus takes them in and gives them out: envelopes of many, and what it writes on each."""

from collections.abc import Iterator
from typing import Any

from proton import Data, Described, Link, Message, symbol, timestamp

from support.bus import Stored

SESSION_FILTER = symbol("com.microsoft:session-filter")
_DATA = 0x75
# How every section begins, whose code is a small number.
_DESCRIBED = b"\x00\x53"
# From the first of January in the year 1, in steps of 100 ns.
_EPOCH_TICKS = 621_355_968_000_000_000


def ticks(at: float) -> int:
    return _EPOCH_TICKS + int(at * 10_000_000)


def envelope(raw: bytes) -> Iterator[Message]:
    """Yield the messages of a transfer: itself or, where its data sections are messages, those.

    An envelope has the message format 0x80013700, which Proton reads and shows nobody. No body of ours begins as a
    section of a message does.
    """
    data = [bytes(one.value) for one in _sections(raw) if int(one.descriptor) == _DATA]
    for encoded in data if all(one.startswith(_DESCRIBED) for one in data) else [raw]:
        message = Message()
        message.decode(encoded)
        yield message


def _sections(raw: bytes) -> Iterator[Described]:
    while raw:
        data = Data()
        raw = raw[data.decode(raw) :]
        data.rewind()
        data.next()
        found = data.get_object()
        assert isinstance(found, Described)
        yield found


def stamped(stored: Stored) -> Message:
    """Return a message with what the bus knows of it."""
    message = Message()
    message.decode(stored.message.encode())
    message.delivery_count = stored.failures
    message.annotations = {
        symbol("x-opt-sequence-number"): stored.sequence,
        symbol("x-opt-enqueued-time"): timestamp(int(stored.enqueued_at * 1000)),
    }
    return message


def session_asked_for(link: Link) -> tuple[bool, str | None]:
    """Tell whether a receiver asks for a session, and for which; None is whichever is next."""
    data = link.remote_source.filter
    data.rewind()
    if not data.next():
        return False, None
    wanted: Any = data.get_object().get(SESSION_FILTER)
    return True, wanted.value if isinstance(wanted, Described) else wanted


def say_session(link: Link, session_id: str, until: float) -> None:
    """Say to a receiver which session it has, until when."""
    link.source.filter.clear()
    link.source.filter.put_object({SESSION_FILTER: session_id})
    link.properties = {symbol("com.microsoft:locked-until-utc"): ticks(until)}
