"""A time-stamp authority outside is shown the meta-log's checkpoint, once an hour while it grows; RFC 3161 (V-22)."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.x509 import Certificate

from velaurum.audit import metalog, timestamps
from velaurum.db.connection import Database
from velaurum.errors import Refusal, UsageError
from velaurum.ops.schedules import Noter
from velaurum.outbound import fetching
from velaurum.outbound.fetching import FetchError
from velaurum.outbound.networks import Networks
from velaurum.proofs import timestamps as formats
from velaurum.proofs.wire import ProofError

log = logging.getLogger("velaurum.timestamps")
APART = timedelta(hours=1)
# What is due is looked for this often; one that does not answer is asked less and less often.
CADENCE_S = 5.0
LONGEST_WAIT_S = 600.0
DEADLINE_S = 10.0
_OK = 200


@dataclass(frozen=True, slots=True)
class Authority:
    """Where an authority is asked, and the certificates by which its answers are believed."""

    url: str
    trusted: tuple[Certificate, ...]

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(slots=True)
class Stamper:
    """Has an authority stamp the newest checkpoint of the meta-log, from a thread of its own."""

    authority: Authority
    database: Database
    networks: Networks
    apart: timedelta = APART
    _noter: Noter = field(init=False)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._noter = Noter(self.database, "time-stamping", "server", timedelta(seconds=CADENCE_S))

    def start(self) -> None:
        """Ask from now on."""
        self._thread = threading.Thread(target=self._run, name="timestamps", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what was asked, and let go of the database."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.database.close()

    def follow(self) -> bool:
        """Have the newest checkpoint stamped if that is due; return whether it was.

        FetchError when the authority cannot be asked, ProofError when its answer does not hold; nothing is kept then.
        """
        with self.database.installation() as tx:
            due = timestamps.due(tx, self.apart)
            # A stamp over less than is there would say of the rest that it came later.
            if due is None or due.size < metalog.size(tx):
                return False
        asked = formats.query(due.note.encode())
        answer = fetching.fetch(
            self.authority.url,
            self.networks,
            content=asked.raw,
            media_type=formats.QUERY_TYPE,
            headers={"Accept": formats.REPLY_TYPE},
            deadline_s=DEADLINE_S,
        )
        if answer.status != _OK:
            raise FetchError(f"The authority answered with status {answer.status}.")
        at = formats.stamped_at(answer.body, due.note.encode(), self.authority.trusted, asked.nonce)
        with self.database.installation() as tx:
            timestamps.keep(tx, due, at, self.authority.host, answer.body)
        return True

    def _run(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            is_done = self._noter.run(partial(self._follow_patiently, is_first=failures == 0))
            failures = 0 if is_done else failures + 1
            wait_s = min(CADENCE_S * 2 ** min(failures, 8), LONGEST_WAIT_S) - (time.monotonic() - began)
            if self._stopping.wait(max(wait_s, 0.0)):
                return

    def _follow_patiently(self, *, is_first: bool) -> bool:
        try:
            self.follow()
        except Refusal:
            return False
        except (FetchError, ProofError) as error:
            if is_first:
                log.warning("The time-stamp authority %s: %s Trying again.", self.authority.host, error)
            return False
        except Exception:
            log.exception("the meta-log could not be stamped; trying again")
            return False
        return True


def read(url: str | None, trusted: Path | None) -> Authority | None:
    """Read which authority is to be asked, or None without one. UsageError when that cannot be meant."""
    if url is None and trusted is None:
        return None
    if url is None or trusted is None:
        raise UsageError(
            "timestamp_authority and timestamp_ca go together: whom to ask, and by what to believe it."
        )
    if problem := Networks(allows_loopback=True).problem(url):
        raise UsageError(f"timestamp_authority: {url}: {problem}")
    try:
        return Authority(url, formats.roots(trusted.read_bytes()))
    except (OSError, ProofError) as error:
        raise UsageError(f"timestamp_ca: {trusted} cannot be used: {error}") from error


@contextmanager
def stamping(conninfo: str | None, authority: Authority | None, networks: Networks) -> Iterator[None]:
    """Have the meta-log stamped for the length of a block."""
    if conninfo is None or authority is None:
        yield
        return
    stamper = Stamper(authority, Database(conninfo, max_connections=1), networks)
    stamper.start()
    try:
        yield
    finally:
        stamper.stop()
