"""Columns of sealed texts, for rotation: what stands in plain there is from before, and is sealed now."""

from collections.abc import Sequence

from velaurum.db.connection import Tx
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.tenancy.context import OrgId

# What stands before salt and text of what is not sealed. No envelope begins so.
PLAIN = b"\x00"


class TextColumn(SealedColumn):
    """A column whose rows have an envelope, or salt and text in plain behind a mark."""

    def open(self, tx: Tx, org_id: OrgId, keyring: Keyring, rows: Sequence[Row]) -> list[bytes | None]:
        """Return salt and text of rows, None where the subject was erased. Refuses as Keyring.open_many()."""
        closed = [
            Sealed(self.place(org_id, row), row.sealed, row.subject_id) for row in rows if not is_plain(row)
        ]
        found = iter(keyring.open_many(tx, org_id, closed))
        return [row.sealed.removeprefix(PLAIN) if is_plain(row) else next(found) for row in rows]


def is_plain(row: Row) -> bool:
    """Tell whether a row has its text in plain."""
    return row.sealed.startswith(PLAIN)
