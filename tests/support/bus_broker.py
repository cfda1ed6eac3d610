"""A small message bus for the unmodified SDK: AMQP 1.0 by Qpid Proton, on a port of this machine, in a thread.

It does what our adapter asks of Azure Service Bus, as that is documented, and nothing of its scale or its edges.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from proton import Condition, Delivery, Endpoint, Event, Handler, Link, Message, symbol
from proton.reactor import Container

from support.bus import Entity, Queues, Stored, path_of
from support.bus_messages import envelope, say_session, session_asked_for, stamped
from support.bus_requests import Requests

TICK_S = 0.03
TIMEOUT = symbol("com.microsoft:timeout")
DEAD = "/$deadletterqueue"


@dataclass(slots=True)
class Waiting:
    """A link that asks for the next session that there is."""

    link: Link
    session_id: str | None
    until: float


@dataclass(slots=True)
class PutToken:
    """A token that a client put for an audience."""

    audience: str
    kind: str
    token: str


@dataclass(eq=False)
class Broker(Handler):
    """One namespace with a queue, or with as many as `makes` makes. What `is_valid` says no to is let nowhere."""

    queue: str
    entity: Entity
    is_valid: Callable[[str], bool] = lambda _: True
    tokens: list[PutToken] = field(default_factory=list)
    port: int = 0
    is_silent: bool = False
    lets_in_after_s: float = 0.0
    makes: Callable[[], Entity] | None = None
    transfers: int = 0
    queues: Queues = field(init=False)
    _later: list[tuple[float, Message, Link, str]] = field(default_factory=list)
    _waiting: list[Waiting] = field(default_factory=list)
    _consumers: dict[Link, str] = field(default_factory=dict)
    _graves: list[Link] = field(default_factory=list)
    _held: dict[Delivery, Stored] = field(default_factory=dict)
    _admitted: set[Any] = field(default_factory=set)
    _ready: threading.Event = field(default_factory=threading.Event)
    _stopping: bool = False
    _socket: Any = None

    def __post_init__(self) -> None:
        super().__init__()
        self.queues = Queues({self.queue: self.entity}, self.makes)

    # What Proton calls.

    def on_reactor_init(self, event: Event) -> None:
        self._socket = event.container.listen(
            f"127.0.0.1:{self.port}"
        )._selectable._delegate  # it has no name
        self.port = self._socket.getsockname()[1]
        event.container.schedule(TICK_S, self)
        self._ready.set()

    def on_timer_task(self, event: Event) -> None:
        if self._stopping:
            event.container.stop()
            self._socket.close()
            return
        now = time.time()
        for due in [one for one in self._later if one[0] <= now]:
            self._later.remove(due)
            self._reply(*due[1:])
        for link in self.queues.expire(now):
            self._close(link, "com.microsoft:session-lock-lost", "The session lock has expired.")
        for waiting in [*self._waiting]:
            self._serve(waiting, now)
        self._dispatch()
        event.container.schedule(TICK_S, self)

    def on_connection_remote_open(self, event: Event) -> None:
        if not self.is_silent:
            event.connection.container = "bus"
            event.connection.open()

    def on_session_remote_open(self, event: Event) -> None:
        event.session.open()

    def on_link_remote_open(self, event: Event) -> None:
        link = event.link
        path = path_of((link.remote_source if link.is_sender else link.remote_target).address)
        link.source.address, link.target.address = link.remote_source.address, link.remote_target.address
        link.snd_settle_mode, link.rcv_settle_mode = link.remote_snd_settle_mode, link.remote_rcv_settle_mode
        if path != "$cbs" and link.connection not in self._admitted:
            link.open()
            self._close(link, "amqp:unauthorized-access", "Put a token first.")
        elif link.is_receiver:
            link.open()
            link.flow(1_000)
        elif "/$" not in path and self.queues.at(path) is not None:
            self._ask_for_session(link)
        else:
            link.open()
            if path.lower().endswith(DEAD) and self.queues.at(path) is not None:
                self._graves.append(link)

    def on_link_flow(self, _event: Event) -> None:
        self._dispatch()

    def on_delivery(self, event: Event) -> None:
        delivery, link = event.delivery, event.link
        if link.is_receiver:
            if delivery.readable and not delivery.partial:
                self._arrived(delivery, link)
        elif delivery.updated and delivery in self._held:
            self._settled(delivery, link)
        elif delivery.updated:
            delivery.settle()

    def on_link_remote_close(self, event: Event) -> None:
        link = event.link
        self._forget(link)
        self.queues.leave(link)
        link.close()
        self._dispatch()

    on_link_remote_detach = on_link_remote_close

    def on_connection_remote_close(self, event: Event) -> None:
        for link in [*self._consumers, *self._graves]:
            if link.connection == event.connection:
                self._forget(link)
                self.queues.leave(link)
        event.connection.close()

    def on_transport_closed(self, event: Event) -> None:
        """Forget a client that is gone without a word; its session stays locked until that is over."""
        connection = event.transport.connection
        self._admitted.discard(connection)
        for link in [*self._consumers, *self._graves, *(one.link for one in self._waiting)]:
            if connection is not None and link.connection == connection:
                self._forget(link)

    # What it does.

    def _arrived(self, delivery: Delivery, link: Link) -> None:
        raw = link.recv(delivery.pending)
        link.advance()
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()
        link.flow(1)
        address = link.target.address or ""
        if address.endswith(("$cbs", "$management")):
            request = Message()
            request.decode(raw)
            answer = self._answer(request, link, address)
            answer.correlation_id = request.id
            after_s = self.lets_in_after_s if address.endswith("$cbs") else 0.0
            if after_s:
                self._later.append((time.time() + after_s, answer, link, address))
            else:
                self._reply(answer, link, address)
            return
        self.transfers += 1
        entity = self.queues.at(address)
        if entity is not None:
            for message in envelope(raw):
                entity.put(message, time.time())

    def _answer(self, request: Message, link: Link, address: str) -> Message:
        if not address.endswith("$cbs"):
            entity = self.queues.at(address) or self.entity
            return Requests(entity).answer(request, address, time.time())
        asked = request.properties
        self.tokens.append(PutToken(asked["name"], asked["type"], request.body))
        if not self.is_valid(request.body):
            return Message(properties={"status-code": 401, "status-description": "InvalidToken"})
        self._admitted.add(link.connection)
        return Message(properties={"status-code": 200, "status-description": "OK"})

    def _reply(self, answer: Message, link: Link, address: str) -> None:
        back = link.connection.link_head(Endpoint.REMOTE_ACTIVE)
        while back is not None and not (back.is_sender and back.source.address == address):
            back = back.next(Endpoint.REMOTE_ACTIVE)
        if back is not None:
            back.send(answer)

    def _ask_for_session(self, link: Link) -> None:
        asks, wanted = session_asked_for(link)
        if not asks:
            link.open()
            self._close(link, "amqp:not-allowed", "The queue requires sessions.")
            return
        wait_ms = (link.remote_properties or {}).get(TIMEOUT, 60_000)
        waiting = Waiting(link, wanted, time.time() + (0 if wanted else int(wait_ms) / 1000))
        self._waiting.append(waiting)
        self._serve(waiting, time.time())

    def _serve(self, waiting: Waiting, now: float) -> None:
        link = waiting.link
        entity = self.queues.of(link)
        session_id = entity.accept(waiting.session_id, link, now)
        if session_id is not None:
            self._waiting.remove(waiting)
            self._consumers[link] = session_id
            say_session(link, session_id, now + entity.lock_s)
            link.open()
            self._dispatch()
        elif now >= waiting.until:
            self._waiting.remove(waiting)
            link.open()
            if waiting.session_id is None:
                self._close(link, "com.microsoft:timeout", "No session has messages.")
            else:
                self._close(link, "com.microsoft:session-cannot-be-locked", "Somebody else has the session.")

    def _dispatch(self) -> None:
        for link, session_id in [*self._consumers.items()]:
            entity = self.queues.of(link)
            self._send(link, lambda session_id=session_id, entity=entity: entity.next_of(session_id))
        for link in [*self._graves]:
            self._send(link, self.queues.of(link).next_dead)

    def _send(self, link: Link, take: Callable[[], Stored | None]) -> None:
        while link.credit > 0 and (stored := take()) is not None:
            stored.held_by = link
            delivery = link.delivery(stored.tag)
            link.send(stamped(stored).encode())
            link.advance()
            self._held[delivery] = stored

    def _settled(self, delivery: Delivery, link: Link) -> None:
        stored = self._held.pop(delivery)
        if stored.held_by != link or (link in self._consumers and not self.queues.of(link).holds(link)):
            delivery.local.condition = Condition("com.microsoft:session-lock-lost", "It was lost.")
            delivery.update(Delivery.REJECTED)
        else:
            self._decide(delivery, stored, self.queues.of(link))
            delivery.update(delivery.remote_state)
        delivery.settle()
        self._dispatch()

    def _decide(self, delivery: Delivery, stored: Stored, entity: Entity) -> None:
        match delivery.remote_state:
            case Delivery.ACCEPTED:
                entity.settle(stored)
            case Delivery.REJECTED:
                info = delivery.remote.condition.info or {}
                entity.bury(stored, *(str(info[name]) for name in info))
            case state:
                entity.abandon(stored, has_failed=state == Delivery.MODIFIED)

    def _close(self, link: Link, condition: str, description: str) -> None:
        self._forget(link)
        link.condition = Condition(condition, description)
        link.close()

    def _forget(self, link: Link) -> None:
        self._consumers.pop(link, None)
        self._waiting = [one for one in self._waiting if one.link != link]
        self._graves = [one for one in self._graves if one != link]
        self._held = {delivery: one for delivery, one in self._held.items() if delivery.link != link}


@contextmanager
def running(broker: Broker) -> Iterator[Broker]:
    """Run a broker for the length of a block."""
    thread = threading.Thread(target=Container(broker).run, name="bus", daemon=True)
    thread.start()
    assert broker._ready.wait(10)
    try:
        yield broker
    finally:
        broker._stopping = True
        thread.join(10)
        assert not thread.is_alive()
