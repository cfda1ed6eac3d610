"""The integrator: it follows each organisation's log, builds its tiles and has its checkpoints signed (V-22)."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from velaurum.audit import incarnations, logs, origins
from velaurum.audit.signers import ForkError, Signer
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops import anchoring, reopening
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.liveness import Liveness
from velaurum.ops.schedules import Noter
from velaurum.ops.stalls import Stalls
from velaurum.proofs import merkle, tiles
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.integrator")
# A log with news is signed at most this often, and looked at this often.
CADENCE_S = 1.0
# With very many organisations looking takes time: it never takes more than this share of it.
LOOKING_SHARE = 0.2


@dataclass(slots=True)
class Integrator:
    """Follows the logs from a thread of its own. A second one does no harm: the signer decides who is first."""

    database: Database
    signer: Signer
    liveness: Liveness = field(default_factory=Liveness)
    anchorer: Anchorer = field(init=False)
    _anchored_at: float = field(default=-anchoring.CADENCE_S, init=False)
    _integration: Noter = field(init=False)
    _anchoring: Noter = field(init=False)
    _can_sign: bool = field(default=True, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.anchorer = Anchorer(self.database, self.signer)
        self._integration = Noter(self.database, "integration", "server", timedelta(seconds=CADENCE_S))
        self._anchoring = Noter(self.database, "anchoring", "server", timedelta(seconds=anchoring.CADENCE_S))

    @property
    def stalls(self) -> Stalls:
        return self.liveness.stalls

    def start(self) -> None:
        """Follow from now on."""
        self._thread = threading.Thread(target=self._run, name="integrator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Sign what was recorded by now, and let go of the database."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.database.close()

    def follow(self) -> int:
        """Bring every log that has grown to a checkpoint; return how many were.

        One that cannot be followed stops no other, and is a stall from then on. Refuses when the database is away.
        """
        with self.database.installation() as tx:
            grown = logs.behind(tx)
        self.stalls.forget_all_but(set(grown))
        # A refusal ends the round: whose it was last comes last.
        advanced = sum(self._advance(org_id) for org_id in sorted(grown, key=self.stalls.__contains__))
        if self._can_sign:
            self.liveness.note()
        return advanced

    def advance(self, org_id: OrgId) -> None:
        """Bring one log to a checkpoint. ForkError when it does not extend what was signed of it."""
        size, before = -1, -2
        while size != before:
            before = size
            with self.database.installation() as outside:
                size = logs.integrate(outside.within(org_id), org_id)
        if size == 0:
            return
        with self.database.installation() as outside:
            tx = outside.within(org_id)
            root = logs.root(tx, org_id, size)
            tree = tiles.CheckedTiles(size, root, logs.reader(tx, org_id))
            incarnation = incarnations.current(tx, org_id)
            origin = origins.of_org(self.signer.name, org_id, incarnation)
            with self._signing():
                note = self.signer.sign(
                    origin, size, root, lambda old: merkle.consistency_proof(old, size, tree.node)
                )
            logs.publish(tx, org_id, incarnation, size, note)

    @contextmanager
    def _signing(self) -> Iterator[None]:
        """Remember whether the signer works; that it refuses a fork is its work."""
        try:
            yield
        except ForkError:
            raise
        except Exception:
            self._can_sign = False
            raise
        self._can_sign = True
        self.liveness.note()

    def _advance(self, org_id: OrgId) -> bool:
        try:
            self.advance(org_id)
        except ForkError:
            # Or another integrator signed more meanwhile: that is no loss, and the comparison tells.
            reopening.hold_what_was_lost(self.database, self.signer)
            return False
        except Refusal as refusal:
            self.stalls.note(org_id, refusal)
            raise
        except Exception as error:
            if self.stalls.note(org_id, error):
                log.exception("the log of %s could not be followed; trying again", org_id)
            return False
        return True

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            began = time.monotonic()
            self._follow_patiently()
            spent = time.monotonic() - began
            wait_s = max(CADENCE_S - spent, spent * (1 / LOOKING_SHARE - 1) if spent > CADENCE_S else 0.0)
        self._follow_patiently()

    def _follow_patiently(self) -> None:
        try:
            self._integration.run(self._followed)
            if time.monotonic() - self._anchored_at >= anchoring.CADENCE_S:
                self._anchored_at = time.monotonic()
                self._anchoring.run(self._anchored)
        except Refusal:
            log.warning("The database does not take the log's tiles now; the next second will try again.")
        except Exception:
            log.exception("the log could not be followed; trying again")

    def _followed(self) -> bool:
        self.follow()
        return True

    def _anchored(self) -> bool:
        self.anchorer.follow()
        return True


@contextmanager
def integrating(conninfo: str | None, signer: Signer, liveness: Liveness) -> Iterator[None]:
    """Follow the logs for the length of a block, as the integrator's role; without a way in, say so.

    Before the block begins, logs that are not what was signed of them are held: nobody writes to them there. It was
    seen then that the database can be followed and that the key and what was signed are at hand, so that the first
    posting may be promised.
    """
    if conninfo is None:
        log.warning(
            "Nobody may log in as velaurum_integrator here, so that nothing is signed and nothing promised."
        )
        yield
        return
    integrator = Integrator(Database(conninfo, max_connections=1), signer, liveness)
    liveness.stalls.begin()
    try:
        reopening.hold_what_was_lost(integrator.database, signer)
    except Refusal as error:
        integrator.database.close()
        raise OperationError(
            "The database did not answer, so that its logs could not be compared with what was signed."
        ) from error
    liveness.note()
    integrator.start()
    try:
        yield
    finally:
        integrator.stop()
