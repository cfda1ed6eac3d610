"""Erasing a person: out of the database, into the journal, with a receipt; and again whenever a backup comes back."""

import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from velaurum import texts
from velaurum.config import Settings
from velaurum.db.connection import Database, Tx
from velaurum.errors import UsageError
from velaurum.identity import erasures
from velaurum.identity.erasures import Erasure
from velaurum.keys.shares import Shares
from velaurum.ops import erasure_journal, signing
from velaurum.tenancy.context import OrgContext, OrgId

log = logging.getLogger("velaurum.erasing")
VERSION = 1


@dataclass(frozen=True, slots=True)
class Eraser:
    """What an erasure needs of the installation: where its journal is, who signs, and how long backups live."""

    data_dir: Path
    key: Ed25519PrivateKey
    backups: timedelta

    def end_share(self, org_id: OrgId, principal_id: str) -> None:
        """Destroy the share of who was erased, once that is committed: copies of their keys open nothing any more.

        Whoever is killed before this has it done by the next start. OperationError when the share stays.
        """
        Shares(self.data_dir).destroy(org_id, [str(UUID(principal_id))])

    def erase(self, tx: Tx, org: OrgContext, principal_id: str) -> tuple[Erasure, bool]:
        """Erase a principal and return what is kept of that, and whether it was erased before.

        The journal has it, durably, before the transaction ends. A repeat writes over a name that a restore brought
        back. Refuses as erasures.erase().
        """
        principal_id = str(UUID(principal_id))  # it names files, so that it is written in one way
        before = erasures.find(tx, org, principal_id)
        if before is not None:
            erasures.overwrite_name(tx, org, principal_id)
            return before, True
        gone = erasures.erase(tx, org, principal_id)
        at = datetime.now(UTC)
        erased_at = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        receipt = signing.sign(
            self.key,
            {
                "type": "erasure",
                "version": VERSION,
                "org_id": org.org_id,
                "principal_id": principal_id,
                "erased_at": erased_at,
                "erased_by": org.actor_id,
                "keys": gone.keys,
                "notes": gone.notes,
                "personal_values": gone.personal_values,
                "last_backup_expires_on": (at + self.backups).date().isoformat(),
            },
        )
        erased = erasures.record(tx, org, principal_id, erased_at, receipt)
        # First the journal: an erasure that is written down and not committed is done by the next start.
        erasure_journal.append(
            self.data_dir, erasure_journal.Line(org.org_id, principal_id, erased_at, receipt)
        )
        return erased, False


def eraser(settings: Settings) -> Eraser:
    """Return what erases for this installation; UsageError for a setting that cannot be meant."""
    return Eraser(settings.data_dir, signing.load_key(settings.data_dir), backups(settings))


def backups(settings: Settings) -> timedelta:
    """Return for how long the operator keeps backups. UsageError for what is no time."""
    age = texts.duration(settings.keep_backups)
    if age is None:
        raise UsageError(f"keep_backups is {settings.keep_backups!r}; write a number of days, like 35d.")
    return age


def replay(database: Database, data_dir: Path) -> int:
    """Erase again whoever the journal has and the database has not; returns how many that were.

    A share of anybody in the journal that is there still goes too. OperationError for a journal that cannot be read,
    and for a share that stays.
    """
    replayed = ended = 0
    for org_id, of_org in groupby(erasure_journal.lines(data_dir), lambda one: one.org_id):
        lines = list(of_org)
        with database.installation() as outside:
            known = erasures.erased(outside, org_id)
        for one in lines:
            if one.principal_id in known:
                continue
            with database.installation() as outside:
                if erasures.replay(outside, org_id, one.principal_id, one.erased_at, one.receipt):
                    replayed += 1
        ended += Shares(data_dir).destroy(org_id, [str(UUID(one.principal_id)) for one in lines])
    if ended:
        log.warning("%d shares of people who were erased were there still, and are destroyed.", ended)
    if replayed:
        log.warning("%d erasures of the journal were not in this database, and were done again.", replayed)
    return replayed


def replay_into(conninfo: str, data_dir: Path) -> None:
    """Replay the journal into the application's database, before anybody is served from it."""
    with closing(Database(conninfo, max_connections=1)) as database:
        replay(database, data_dir)
