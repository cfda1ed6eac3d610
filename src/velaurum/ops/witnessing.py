"""Witnesses outside are shown each new checkpoint (C2SP tlog-witness), by a thread each; what they say is verified."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from velaurum.audit import cosignatures, logs, metalog
from velaurum.audit.cosignatures import Uncosigned
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal, UsageError
from velaurum.outbound import fetching
from velaurum.outbound.fetching import FetchError
from velaurum.outbound.networks import Networks
from velaurum.proofs import checkpoints, merkle, notes, policies, tiles
from velaurum.proofs.notes import Note, Signature, VerifierKey
from velaurum.proofs.policies import Policy
from velaurum.proofs.tiles import Tile
from velaurum.proofs.wire import ProofError, to_base64

log = logging.getLogger("velaurum.witnesses")
# A witness is shown a log at most this often.
CADENCE_S = 1.0
DEADLINE_S = 5.0
LONGEST_WAIT_S = 60.0
PATH = "/add-checkpoint"
_OK, _CONFLICT = 200, 409
_LONGEST_SIZE = 20


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the policy: its own name there, its key, and where it is asked."""

    name: str
    key: VerifierKey
    url: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A checkpoint that a witness is to see: whose log it is of, how that is read, and where the answer goes."""

    whose: str
    size: int
    note: str
    known_size: int
    within: Callable[[Tx], Tx]
    reader: Callable[[Tx], Callable[[Tile], bytes]]
    keep: Callable[[Tx, Signature], None]


def _of_org(one: Uncosigned) -> _Asked:
    return _Asked(
        whose=one.org_id,
        size=one.size,
        note=one.note,
        known_size=one.known_size,
        within=lambda tx: tx.within(one.org_id),
        reader=lambda tx: logs.reader(tx, one.org_id),
        keep=lambda tx, signature: cosignatures.keep(tx, one.org_id, one, signature),
    )


def _of_meta(one: metalog.Uncosigned) -> _Asked:
    return _Asked(
        whose="the meta-log",
        size=one.size,
        note=one.note,
        known_size=one.known_size,
        within=lambda tx: tx,
        reader=metalog.reader,
        keep=lambda tx, signature: metalog.keep_cosignature(tx, one, signature),
    )


@dataclass(slots=True)
class Reporter:
    """Shows one witness the newest checkpoints, and keeps what it adds to them."""

    witness: Witness
    database: Database
    networks: Networks
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Show them from now on."""
        self._thread = threading.Thread(target=self._run, name=f"witness {self.witness.name}", daemon=True)
        self._thread.start()

    def ask_no_more(self) -> None:
        """Let what is asked be the last."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish what was asked, and let go of the database."""
        self.ask_no_more()
        if self._thread is not None:
            self._thread.join()
        self.database.close()

    def follow(self) -> int:
        """Show the newest checkpoint of every log and of the meta-log once; return how many were cosigned.

        FetchError when the witness cannot be asked: the others of this round are not tried.
        """
        with self.database.installation() as tx:
            asked = [_of_org(one) for one in cosignatures.uncosigned(tx, self.witness.key)]
            if (meta := metalog.uncosigned(tx, self.witness.key)) is not None:
                asked.insert(0, _of_meta(meta))
        return sum(self._show(one) for one in asked if not self._stopping.is_set())

    def _show(self, asked: _Asked) -> bool:
        answer = self._ask(asked, asked.known_size)
        if answer.status == _CONFLICT and (known := _size(answer.body)) is not None and known <= asked.size:
            answer = self._ask(asked, known)
        if answer.status != _OK:
            log.warning(
                "The witness %s did not cosign %d entries of %s: status %d.",
                *(self.witness.name, asked.size, asked.whose, answer.status),
            )
            return False
        try:
            note = notes.parse(asked.note.encode())
            added = notes.parse_signatures(answer.body)
            ((_, signature),) = notes.verify(Note(note.text, added), [self.witness.key])
        except (ProofError, ValueError):
            log.error(  # noqa: TRY400 - what it sent is not quoted
                "What the witness %s answered is no cosignature of %s by its key; nothing of it is kept.",
                *(self.witness.name, asked.whose),
            )
            return False
        with self.database.installation() as outside:
            asked.keep(asked.within(outside), signature)
        return True

    def _ask(self, asked: _Asked, known_size: int) -> fetching.Fetched:
        hashes = self._proof(asked, known_size)
        lines = [f"old {known_size}", *(to_base64(one) for one in hashes), "", asked.note]
        return fetching.fetch(
            self.witness.url.rstrip("/") + PATH,
            self.networks,
            content="\n".join(lines).encode(),
            deadline_s=DEADLINE_S,
        )

    def _proof(self, asked: _Asked, known_size: int) -> Sequence[bytes]:
        if known_size in (0, asked.size):
            return []
        root = checkpoints.parse(notes.parse(asked.note.encode()).text).root
        with self.database.installation() as outside:
            tree = tiles.CheckedTiles(asked.size, root, asked.reader(asked.within(outside)))
            return merkle.consistency_proof(known_size, asked.size, tree.node)

    def _run(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            failures = 0 if self._follow_patiently() else failures + 1
            # A witness that is away is asked less and less often; who it is was logged once.
            wait_s = min(CADENCE_S * 2 ** min(failures, 8), LONGEST_WAIT_S) - (time.monotonic() - began)
            if self._stopping.wait(max(wait_s, 0.0)):
                return
            if failures == 1:
                log.warning("The witness %s cannot be asked now; trying again.", self.witness.name)

    def _follow_patiently(self) -> bool:
        try:
            self.follow()
        except (FetchError, Refusal):
            return False
        except Exception:
            log.exception("a witness could not be asked; trying again")
            return False
        return True


def read(path: Path | None) -> tuple[Policy, list[Witness]] | None:
    """Read the policy with the witnesses to be asked, or None without one. UsageError when it cannot be meant."""
    if path is None:
        return None
    try:
        policy = policies.parse(path.read_bytes())
    except (OSError, ProofError, ValueError) as error:
        raise UsageError(f"witnesses: {path} is no policy: {error}") from error
    if not policy.witnesses:
        raise UsageError(f"witnesses: {path} names no witness.")
    found = [
        Witness(name, key, policy.urls[name]) for name, key in policy.witnesses.items() if name in policy.urls
    ]
    everywhere = Networks(allows_loopback=True)
    for one in found:
        if problem := everywhere.problem(one.url):
            raise UsageError(f"witnesses: {one.url}: {problem}")
    return policy, found


def lines(policy: Policy) -> str:
    """Return the lines of a policy that say whose word is asked for; its logs are left out."""
    said = [
        *(
            f"witness {' '.join((name, str(key), policy.urls.get(name, '')))}".rstrip()
            for name, key in policy.witnesses.items()
        ),
        *(
            f"group {name} {group.threshold} {' '.join(group.members)}"
            for name, group in policy.groups.items()
        ),
        f"quorum {policy.quorum}",
    ]
    return "".join(f"{line}\n" for line in said)


@contextmanager
def reporting(conninfo: str | None, found: Sequence[Witness], networks: Networks) -> Iterator[None]:
    """Show the witnesses every new checkpoint for the length of a block."""
    reporters: list[Reporter] = []
    with ExitStack() as stack:
        for one in found:
            if conninfo is None:
                break
            reporter = Reporter(one, Database(conninfo, max_connections=1), networks)
            reporter.start()
            stack.callback(reporter.stop)
            reporters.append(reporter)
        yield
        for reporter in reporters:  # all of them at once: the slowest one is waited for, not their sum
            reporter.ask_no_more()


def _size(body: bytes) -> int | None:
    text = body.decode("latin-1").strip("\n")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_SIZE else None
