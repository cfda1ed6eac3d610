"""What a host of functions calls: the worker's own objects, each for a bounded time (V-01).

The host settles a message by how its call ends: it is done when the call returns, and given back, and counted, when it
raises. Nothing else can be said to it from Python.
"""

import asyncio
import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from azure.functions import ServiceBusMessage

from velaurum import config
from velaurum.config import Settings
from velaurum.db import external
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal, UsageError
from velaurum.exchange import kept_exports
from velaurum.functions import secrets
from velaurum.keys import resolving
from velaurum.ops import production, schedules
from velaurum.transport import aside, messages, opening
from velaurum.transport.messages import CONTENT_TYPES, UNKNOWN_FORMAT, Message, NeverError
from velaurum.webhooks import sending, signing_keys
from velaurum.webhooks.sending import Sender
from velaurum.worker import receiving, reminding, workplace
from velaurum.worker.consuming import Consumers
from velaurum.worker.delivering import Deliverer
from velaurum.worker.expiring import Expirer
from velaurum.worker.handlers import handlers
from velaurum.worker.receiving import Receiver
from velaurum.worker.relaying import Relay
from velaurum.worker.workplace import Handlers, Workplace

log = logging.getLogger("velaurum.functions")
# As many as host.json lets sessions be worked at a time, and those who relay and deliver.
CONNECTIONS = 12
UNREADABLE = "Nobody here reads this message; is its sender newer, or not ours?"
_FIRST_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """How long calls take at most. All of them together end before the host's own limit, in host.json.

    `hold_s` is how long a message waits in its call while the database is away, so that this is no try that failed.
    """

    begin_jobs_s: float = 240.0
    end_jobs_s: float = 240.0
    deliver_s: float = 30.0
    carry_s: float = 30.0
    hold_s: float = 240.0
    longest_wait_s: float = 15.0


@dataclass(slots=True)
class Host:
    """One process of the host. What it needs is opened with the first call, and kept until the process ends."""

    handlers: Handlers = handlers
    limits: Limits = Limits()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stack: ExitStack = field(default_factory=ExitStack)
    _opened: Workplace | None = None

    def consume(self, given: ServiceBusMessage) -> None:
        """Work a message; one that was worked before does nothing. What can never be worked is set aside here.

        Raises what stands in the way when the host shall deliver it again. NeverError for what is no message of ours.
        """
        message = messages.read(
            given.message_id or "",
            given.session_id or "",
            given.subject or given.label or "",
            given.content_type or "",
            given.get_body(),
        )
        if message is None:
            log.error(
                "The message %.100s is not one of ours; the bus makes it a dead letter.", given.message_id
            )
            raise NeverError(UNKNOWN_FORMAT, UNREADABLE)
        deliveries = given.delivery_count or 1
        try:
            self._work_patiently(message)
        except NeverError as error:
            if not self._is_set_aside(message, deliveries, error):
                raise
            said = "The message %s is a dead letter (%s): %s"
            log.error(said, message.message_id, error.code, error.detail)  # noqa: TRY400 - one sentence for the operator
        except (Refusal, OperationError, UsageError):
            raise
        except Exception:
            # The host delivers it again at once: it is held for as long as a worker would leave it.
            time.sleep(min(receiving.delay(deliveries).total_seconds(), self.limits.hold_s))
            raise

    def work_light_jobs(self) -> None:
        """Work the light jobs that wait now. What takes too long comes back to another call, or a worker.

        Heavy ones are a worker's: a verification needs the signer's disk, and more rights than are given to this host.
        """
        here = self._here()
        queue = here.queue(replace(here.lanes, heavy=0))
        asyncio.run(queue.drain(self.limits.begin_jobs_s, self.limits.end_jobs_s))

    def deliver(self) -> None:
        """Send the deliveries of webhooks that are due. OperationError where the key that signs them is not."""
        here = self._here()
        settings = here.doors.settings
        key = signing_keys.find(settings.data_dir)
        if key is None:
            # One that was made here would verify nowhere.
            raise OperationError(f"The key of webhooks is not here; give it as {secrets.WEBHOOK_KEY}.")
        Deliverer(_carrying(here), Sender(key, sending.reachable(settings))).send_for(self.limits.deliver_s)

    def carry(self) -> None:
        """Publish what happened. Where this database is what carries messages, consume them, too."""
        here, until = self._here(), time.monotonic() + self.limits.carry_s
        with closing(here.transport()) as transport:
            relay = Relay(_carrying(here), transport)
            while relay.follow() and time.monotonic() < until:
                pass
            if here.doors.settings.transport == opening.POSTGRESQL:
                receiver = Receiver(transport, Consumers(_carrying(here)))
                while receiver.follow() and time.monotonic() < until:
                    pass

    def expire(self) -> None:
        """End the integration jobs that nobody called back in time."""
        Expirer(self._here().doors.app).expire()

    def remind(self) -> None:
        """Look for what waits for a person, unless somebody looked lately."""
        here = self._here()
        if schedules.is_due(here.doors.app, reminding.NAME):
            reminding.Reminding(_carrying(here), reminding.limits(here.doors.settings)).look()

    def sweep(self) -> None:
        """Remove the exports in this data directory that are older than `keep_exports`, or from before a withdrawal."""
        doors = self._here().doors
        kept_exports.sweep(doors.app, doors.settings.data_dir, kept_exports.age(doors.settings))

    def close(self) -> None:
        """Let go of the database; the next call opens it anew."""
        with self._lock:
            self._opened = None
            self._stack.close()

    def _work_patiently(self, message: Message) -> None:
        if message.content_type not in CONTENT_TYPES:
            raise NeverError(UNKNOWN_FORMAT, UNREADABLE)
        until, wait_s = time.monotonic() + self.limits.hold_s, _FIRST_WAIT_S
        while True:
            try:
                Consumers(_carrying(self._here())).handle(message)
            except (Refusal, OperationError) as error:
                if time.monotonic() + wait_s > until:
                    raise
                log.warning("The message %s waits (%s).", message.message_id, type(error).__name__)
                time.sleep(wait_s)
                wait_s = min(wait_s * 2, self.limits.longest_wait_s)
            else:
                return

    def _is_set_aside(self, message: Message, deliveries: int, why: NeverError) -> bool:
        """Set a message aside; False for what the bus must keep itself."""
        if not aside.takes(message):
            return False
        with self._here().doors.app.installation() as outside:
            return aside.put(outside.within(message.org_id), message.org_id, message, deliveries, why)

    def _here(self) -> Workplace:
        with self._lock:
            if self._opened is None:
                settings = config.load(environ=self.environ)
                _require_application(settings)
                production.require(settings, self.environ)
                secrets.keep(settings.data_dir, self.environ, resolving.resolver(settings))
                opened = workplace.opened(settings, self.handlers, carrying_connections=CONNECTIONS)
                self._opened = self._stack.enter_context(opened)
                atexit.register(self.close)
            return self._opened


def _carrying(here: Workplace) -> Database:
    if here.carrying is None:
        raise OperationError(
            "Nobody may log in as velaurum_integrator here; give its password as VELAURUM_SECRET_INTEGRATOR_PASSWORD."
        )
    return here.carrying


def _require_application(settings: Settings) -> None:
    """Refuse to make a database here, or to change one: what is on this host's disk is gone tomorrow."""
    if settings.database_url is None or external.is_administrator(settings.database_url):
        raise UsageError(
            f"A host of functions needs VELAURUM_DATABASE_URL, of the role {external.APP_ROLE}, to a database that "
            "somebody else runs and migrates."
        )
