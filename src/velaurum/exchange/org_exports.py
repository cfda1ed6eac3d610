"""Exports of a whole organisation: everything that it owns as of one log size, in files that anybody reads (V-19).

Written page by page, each read in a transaction of its own; a journal remembers what is written, so that a run that
was killed goes on where it was. It costs the memory of a page and of the list of files.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from velaurum import __version__
from velaurum.audit import disclosures as kept
from velaurum.audit import logs
from velaurum.audit.signers import Signer
from velaurum.db.connection import Database, Tx
from velaurum.errors import OperationError, Refusal, UsageError
from velaurum.exchange import journals, log_files, org_pages, org_plans, org_readme
from velaurum.exchange.journals import PARTIAL, Journal
from velaurum.exchange.org_plans import Plan
from velaurum.exports import agreement, cells, disclosures, encryption, manifests, rows
from velaurum.keys.keyring import Keyring
from velaurum.proofs import checkpoints, notes, tiles
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgId

_TRIES = 3
_BUNDLES = 8
_TILES = 64
_NOT_A_FILE_OF_THE_LIST = frozenset({manifests.SUMS, manifests.MANIFEST})


@dataclass(frozen=True, slots=True)
class Seal:
    """What signs a manifest: `sign` makes the signed document of a report, `keys` is the set that verifies it."""

    sign: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    keys: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """An export that is complete: where it is, and the SHA-256 of its list of files."""

    plan: Plan
    place: Path
    sha256sums: str


@dataclass(slots=True)
class Writer:
    """Writes one export. `keyring` opens what people wrote; `told` gets the entries so far."""

    door: Database
    signer: Signer
    seal: Seal
    keyring: Keyring
    told: Callable[[int], None]
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def write(self, folder: Path, org_id: OrgId, recipient: str | None, begin: Callable[[], Plan]) -> Written:
        """Write an export into a new directory, or go on with one. `begin` says of which size a new one is.

        With a recipient it becomes one encrypted archive beside that directory. UsageError for a place that has
        something else in it. Refuses `key-unavailable`, and leaves nothing, where a note cannot be opened now. When
        somebody is erased or restricted meanwhile it begins anew; OperationError when that comes again and again.
        """
        place = folder if recipient is None else folder.with_name(f"{folder.name}{encryption.ENDING}")
        require_free(place)
        for _ in range(_TRIES):
            written = self._written(folder, place, org_id, recipient, begin)
            if written is not None:
                return written
        raise OperationError(
            "People are being erased or restricted while this is written; export again after that."
        )

    def _written(
        self, folder: Path, place: Path, org_id: OrgId, recipient: str | None, begin: Callable[[], Plan]
    ) -> Written | None:
        """Write an export; None, and nothing is left, where somebody was erased or restricted since."""
        with Journal.resume(folder.with_name(f"{folder.name}{PARTIAL}")) as journal:
            plan = self._plan(journal, org_id, recipient, begin)
            try:
                self._stages(journal, plan)
            except Refusal as refusal:
                if refusal.code == "key-unavailable":
                    shutil.rmtree(journal.folder)
                raise
            if self._withdrawals(org_id) != plan.withdrawals:
                shutil.rmtree(journal.folder)
                return None
            self._seal(journal, plan)
            digest = journal.sums[manifests.SUMS]
            if recipient is None:
                journals.finish(journal, folder)
            else:
                paths = (path for path, _ in journal.listed())
                encryption.encrypt(journal.folder, paths, place, encryption.recipient(recipient))
                shutil.rmtree(journal.folder)
        return Written(plan, place, digest)

    def _plan(
        self, journal: Journal, org_id: OrgId, recipient: str | None, begin: Callable[[], Plan]
    ) -> Plan:
        if not journal.begun:
            # Before its size is known: whoever is erased or restricted up to then is so below that size.
            withdrawals = self._withdrawals(org_id)
            journal.begin(org_plans.remembered(replace(begin(), withdrawals=withdrawals)))
        plan = org_plans.recalled(journal.begun)
        if (plan.org_id, plan.recipient) != (org_id, recipient):
            raise UsageError(
                f"{journal.folder} is another export, of {plan.org}, under way; remove it, or name another."
            )
        return plan

    def _stages(self, journal: Journal, plan: Plan) -> None:
        self._read_shapes(journal)
        for stage in (self._tree, self._log, self._records, self._balances, self._outside):
            stage(journal, plan)
            journal.close_grown()
        self._beside(journal, plan)

    def _withdrawals(self, org_id: OrgId) -> int:
        with self.door.installation() as outside:
            return org_pages.withdrawals(outside.within(org_id), org_id)

    @contextmanager
    def _within(self, plan: Plan) -> Iterator[Tx]:
        with self.door.installation() as outside:
            yield outside.within(plan.org_id)

    def _read_shapes(self, journal: Journal) -> None:
        with self.door.installation() as tx:
            found = [asdict(one) for one in org_pages.shapes(tx)]
        journal.put(rows.SHAPES, json.dumps(found, indent=1, sort_keys=True).encode() + b"\n")
        self._columns = agreement.columns_of(json.loads((journal.folder / rows.SHAPES).read_bytes()))

    def _tree(self, journal: Journal, plan: Plan) -> None:
        wanted = [one for one in tiles.tiles_of(plan.size) if one.path not in journal.sums]
        for first in range(0, len(wanted), _TILES):
            with self._within(plan) as tx:
                read = logs.reader(tx, plan.org_id)
                for tile in wanted[first : first + _TILES]:
                    journal.put(tile.path, read(tile))

    def _log(self, journal: Journal, plan: Plan) -> None:
        """Write entries, what opens them, and the rows that they say, in one pass."""
        first = int(journal.reached.get("log", 0))
        while first < plan.size:
            end = min(first + _BUNDLES * tiles.WIDTH, plan.size)
            with self._within(plan) as tx:
                entries = logs.entries(tx, plan.org_id, first, end)
                found = [*kept.opened(tx, plan.org_id, self.keyring, end, first=first)]
                beside = org_pages.beside(tx, plan.org_id, first, end)
            for start in range(first, end, tiles.WIDTH):
                part = entries[start - first : start - first + tiles.WIDTH]
                journal.put(tiles.Bundle(start // tiles.WIDTH, len(part)).path, tiles.encode_bundle(part))
            lines = [disclosures.line(one.log_index, one.name, one.salt, one.value) for one in found]
            journal.grow(disclosures.PATH, b"".join(lines))
            self._rows(journal, first, entries, org_pages.opened(found), beside)
            journal.reach("log", end)
            self.told(end)
            first = end

    def _rows(
        self,
        journal: Journal,
        first: int,
        entries: list[bytes],
        opened: org_pages.Opened,
        beside: dict[int, dict[str, Any]],
    ) -> None:
        movements, history = [], []
        for index, raw in enumerate(entries, first):
            entry = json.loads(raw)
            said = opened.get(index, {}), beside.get(index, {})
            if entry["type"] == rows.MOVEMENT:
                movements.append(rows.movement(entry, *said))
            else:
                history.append(rows.change(entry, *said))
        self._table(journal, rows.MOVEMENTS, rows.MOVEMENT_COLUMNS, movements)
        journal.grow(f"{rows.HISTORY}.ndjson", b"".join(map(rows.line, history)))

    def _records(self, journal: Journal, plan: Plan) -> None:
        after: Any = journal.reached.get("records")
        while True:
            with self._within(plan) as tx:
                page, opened = org_pages.newest(tx, plan.org_id, self.keyring, plan.size, after)
            if not page:
                return
            for one in page:
                said = rows.record(json.loads(one.entry), opened.get(one.log_index, {}))
                if said is not None:
                    path, columns = rows.records_of(one.subject), self._columns[one.subject]
                    self._file(journal, path, columns, rows.line(said), cells.of(columns, said["record"]))
            after = (page[-1].subject, page[-1].subject_id)
            journal.reach("records", after)

    def _balances(self, journal: Journal, plan: Plan) -> None:
        after: Any = journal.reached.get("balances")
        while True:
            with self._within(plan) as tx:
                page = org_pages.balances(tx, plan.org_id, plan.size, after)
            if not page:
                return
            self._table(journal, rows.BALANCES, rows.BALANCE_COLUMNS, [asdict(one) for one in page])
            last = page[-1]
            after = (last.item_id, last.location_id, last.lot_id, last.serial_id, last.status)
            journal.reach("balances", after)

    def _outside(self, journal: Journal, plan: Plan) -> None:
        """Write what stands in no log: decided keys, who read and wrote what, who is erased, kept and restricted."""
        for kind in org_pages.outside(plan.org_id, plan.size, plan.until):
            after: Any = journal.reached.get(kind.name)
            while True:
                with self._within(plan) as tx:
                    page = kind.read(tx, after)
                if not page:
                    break
                path = f"{rows.FOLDER}/{kind.name}.ndjson"
                journal.grow(path, b"".join(rows.line(asdict(one)) for one in page))
                after = kind.key(page[-1])
                journal.reach(kind.name, after)

    def _table(
        self, journal: Journal, path: str, columns: tuple[str, ...], said: list[dict[str, Any]]
    ) -> None:
        lines, listed = (b"".join(map(rows.line, said)), b"".join(cells.of(columns, one) for one in said))
        self._file(journal, path, columns, lines, listed)

    def _file(
        self, journal: Journal, path: str, columns: tuple[str, ...], lines: bytes, listed: bytes
    ) -> None:
        if journal.is_new(f"{path}.csv"):
            journal.grow(f"{path}.csv", cells.line(columns))
        journal.grow(f"{path}.ndjson", lines)
        journal.grow(f"{path}.csv", listed)

    def _beside(self, journal: Journal, plan: Plan) -> None:
        """Write what a verifier needs besides: checkpoints, the way into the meta-log, a policy, and how to read it."""
        with self._within(plan) as tx:
            for path, content in log_files.beside(tx, plan.org_id, plan.signed, self.signer):
                journal.put(path, content)
        journal.put(manifests.KEYS, json.dumps(self.seal.keys, indent=1).encode() + b"\n")
        journal.put(manifests.README, org_readme.text(plan.org, plan.org_id, plan.size, plan.until).encode())

    def _seal(self, journal: Journal, plan: Plan) -> None:
        listed = b"".join(
            manifests.sums(one for one in journal.listed() if one[0] not in _NOT_A_FILE_OF_THE_LIST)
        )
        journal.put(manifests.SUMS, listed)
        journal.put(manifests.MANIFEST, json.dumps(self.seal.sign(_report(plan, journal)), indent=1).encode())


def require_free(folder: Path) -> None:
    """Refuse a place where something is already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; name a directory that is new, or empty.")


def _report(plan: Plan, journal: Journal) -> dict[str, Any]:
    said = checkpoints.parse(notes.parse(plan.signed.note.encode()).text)
    return {
        "format": manifests.FORMAT,
        "export": plan.export_id,
        "org_id": plan.org_id,
        "org": plan.org,
        "origin": said.origin,
        "size": said.size,
        "root": to_base64(said.root),
        "until": plan.until,
        "release": __version__,
        "files": len(journal.sums) - 1,
        "sha256sums": journal.sums[manifests.SUMS],
    }
