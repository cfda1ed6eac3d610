"""What movements state in other units than their items', held against packs and units as they were then."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from velaurum.catalog import units
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ops.evidence.movements import Movement
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "conversions.sql")


@dataclass(frozen=True, slots=True)
class _Pack:
    """A version of a pack: what one of its unit holds of the item's unit from a log index on."""

    log_index: int
    id: str
    item_id: str
    unit: str
    numerator: str
    denominator: str
    is_living: bool


def wrong(tx: Tx, org_id: OrgId, chunk: Iterable[Movement]) -> list[Movement]:
    """Return the movements of which what is stated does not come to what is moved. Reversals are mirrors."""
    stated = [row for row in chunk if row.stated_quantity is not None and row.reverses_id is None]
    if not stated:
        return []
    item_ids = sorted({row.item_id for row in stated})
    packs = tx.all(QUERIES["packs"], _Pack, org_id=org_id, item_ids=item_ids)
    of_item: dict[str, list[_Pack]] = {}
    for one in packs:
        of_item.setdefault(one.item_id, []).append(one)
    codes = sorted({code for row in stated for code in (row.stated_unit or "", row.unit)})
    known = {one.code: one for one in tx.all(QUERIES["units"], units.Unit, codes=codes)}
    return [row for row in stated if not _comes_to(row, _factor(row, of_item.get(row.item_id, []), known))]


def _comes_to(row: Movement, factor: Fraction | None) -> bool:
    return factor is not None and Fraction(Decimal(row.stated_quantity or "0")) * factor == Fraction(
        Decimal(row.quantity)
    )


def _factor(row: Movement, packs: list[_Pack], known: dict[str, units.Unit]) -> Fraction | None:
    """Return what one of the unit was in the item's: the newest version of a pack before it says so, or what it is."""
    newest = {one.id: one for one in packs if one.log_index < row.log_index and one.unit == row.stated_unit}
    for one in newest.values():
        if one.is_living:
            return Fraction(int(one.numerator), int(one.denominator))
    unit, other = known.get(row.stated_unit or ""), known.get(row.unit)
    if unit is None or other is None or unit.dimension is None or unit.dimension != other.dimension:
        return None
    return _base(unit) / _base(other)


def _base(unit: units.Unit) -> Fraction:
    return Fraction(int(unit.numerator or 0), int(unit.denominator or 1))
