"""What a column with sealed fields says of itself, so that rotation finds its rows and seals them anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.tenancy.context import OrgId


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row with something sealed in it: its id as in its place, whose key it is under, and the envelope.

    `owner_id` is whatever else the column needs to open forms from before.
    """

    row_id: str
    subject_id: str | None
    sealed: bytes
    owner_id: str | None = None


Opening = Callable[[Tx, OrgId, Keyring, Sequence[Row]], "list[bytes | None]"]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed column: `table` and `column` as in every Place of it.

    `rows` returns rows after an id, so many at most and by id, whose envelope is under one of these data keys, or of a
    form from before. `replace` puts another envelope into a row, by
    compare-and-swap: False when the row has another one by now. `opening` is for columns with forms from before. A
    column has a line in `keys.sealed_rows` too, and the trigger `keys.require_living_key`.
    """

    table: str
    column: str
    rows: Callable[[Tx, OrgId, list[str], str, int], list[Row]]
    replace: Callable[[Tx, OrgId, Row, bytes], bool]
    opening: Opening | None = None

    def place(self, org_id: OrgId, row: Row) -> Place:
        """Return the place of a row's field."""
        return Place(org_id, self.table, self.column, row.row_id)

    def open(self, tx: Tx, org_id: OrgId, keyring: Keyring, rows: Sequence[Row]) -> list[bytes | None]:
        """Return what is sealed in rows, None where the subject was erased. Refuses as Keyring.open_many()."""
        if self.opening is not None:
            return self.opening(tx, org_id, keyring, rows)
        return keyring.open_many(
            tx, org_id, [Sealed(self.place(org_id, row), row.sealed, row.subject_id) for row in rows]
        )
