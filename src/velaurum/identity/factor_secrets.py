"""The secrets of second factors: sealed with the organisation's data key; those of before, with the installation's."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity.seals import Seals
from velaurum.keys import data_keys, envelopes
from velaurum.keys.at_hand import at_hand
from velaurum.keys.doors import Door
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "factor_secrets.sql")
TABLE, COLUMN = "identity.second_factor", "sealed"


@dataclass(frozen=True, slots=True, repr=False)
class FactorSecrets:
    """What seals and opens secrets of second factors. `seals` opens what was sealed before there were data keys."""

    keyring: Keyring
    seals: Seals

    @property
    def at_hand(self) -> "FactorSecrets":
        """Return the same with keys that are open: for transactions that others wait for (V-08)."""
        return FactorSecrets(at_hand(self.keyring), self.seals)

    def ready(self, door: Door, org_id: OrgId) -> None:
        """Open what at_hand may need, with no transaction open meanwhile. Refuses `key-unavailable`."""
        self.keyring.ready_to_seal(org_id, [None])
        open_keys(door, org_id, self.keyring)

    def seal(self, tx: Tx, org: OrgContext, factor_id: str, secret: str) -> bytes:
        """Return a secret for its row. Refuses `key-unavailable`."""
        return self.keyring.seal(tx, org.org_id, _place(org.org_id, factor_id), secret.encode())

    def open(self, tx: Tx, org_id: OrgId, principal_id: str, factor_id: str, sealed: bytes) -> str:
        """Return the secret of a row. Refuses `key-unavailable`; EnvelopeError or SealError when it is not its own."""
        return _opened(
            self.keyring, self.seals, tx, org_id, Row(factor_id, None, sealed, principal_id)
        ).decode()


def open_keys(door: Door, org_id: OrgId, keyring: Keyring) -> None:
    """Open every key of the organisation that a secret may be under. Refuses `key-unavailable` where none opens."""
    with door.installation() as outside:
        keys = data_keys.living_of_org(outside.within(org_id), org_id)
    refused = []
    for key in keys:
        try:
            keyring.ready(org_id, key)
        except Refusal as refusal:
            refused.append(refusal)
    if refused and len(refused) == len(keys):
        raise refused[0]


def sealed_column(seals: Seals) -> SealedColumn:
    """Return the column for rotation."""
    return SealedColumn(TABLE, COLUMN, _rows, _replace, partial(_opening, seals))


def _opening(
    seals: Seals, tx: Tx, org_id: OrgId, keyring: Keyring, rows: Sequence[Row]
) -> list[bytes | None]:
    return [_opened(keyring, seals, tx, org_id, row) for row in rows]


def _opened(keyring: Keyring, seals: Seals, tx: Tx, org_id: OrgId, row: Row) -> bytes:
    if envelopes.is_envelope(row.sealed):
        return keyring.open(tx, org_id, _place(org_id, row.row_id), row.sealed)
    return seals.open(row.sealed, f"{TABLE}.{COLUMN}", org_id, row.owner_id or "", row.row_id)


def _rows(tx: Tx, org_id: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
    return tx.all(QUERIES["stale"], Row, org_id=org_id, key_ids=key_ids, after=after, limit=limit)


def _replace(tx: Tx, org_id: OrgId, row: Row, sealed: bytes) -> bool:
    return tx.value(QUERIES["reseal"], bool, org_id=org_id, id=row.row_id, before=row.sealed, sealed=sealed)


def _place(org_id: OrgId, factor_id: str) -> Place:
    return Place(org_id, TABLE, COLUMN, factor_id)
