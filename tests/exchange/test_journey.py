"""A slice of the real year, imported by a process that is killed on the way: nothing lost, nothing twice."""

import csv
import signal
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support import year_of_sales
from support.grocer import Grocer
from support.year_of_sales import YearOfSales

STORES = (3182, 3235, 3297, 31863)
OFTEN_SOLD = ("117847", "STORE-3235")
KILLED_S = 60.0
# Around the two changes of the clock, and a moment that no rule of thumb would hit.
INSTANTS = (
    datetime(2017, 1, 1, 5, 0, tzinfo=UTC),
    datetime(2017, 3, 12, 7, 0, tzinfo=UTC),
    datetime(2017, 7, 4, 16, 30, 1, tzinfo=UTC),
    datetime(2017, 11, 5, 6, 30, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """An import that was killed and completed: how far the killed one got, and what the others said."""

    shop: Grocer
    size_when_killed: int
    completed: Any
    repeated: Any
    rejects: Path


@pytest.fixture(scope="module")
def year() -> YearOfSales:
    return year_of_sales.read(STORES)


@pytest.fixture(scope="module")
def imported(module_shop: Grocer, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    rejects = tmp_path_factory.mktemp("journey") / "rejects.csv"
    stores = [word for store in STORES for word in ("--store", str(store))]
    words = ("import", "journey", "movements", *stores, "--rejects", str(rejects), "--json")
    tenant = module_shop.tenant
    assert tenant.admin("import", "journey", "catalog", *stores).code == 0

    module_shop = replace(module_shop, born=module_shop.log_size())
    size = _kill_half_way(module_shop, words)
    completed = tenant.keeper(*words).document
    repeated = tenant.keeper(*words).document
    return Imported(module_shop, size, completed, repeated, rejects)


def _kill_half_way(shop: Grocer, words: tuple[str, ...]) -> int:
    process = shop.tenant.keeper.start(*words)
    try:
        deadline = time.monotonic() + KILLED_S
        while shop.posted() < 2_000:
            assert process.poll() is None, "the import ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    return shop.posted()


def test_a_killed_import_is_completed_by_the_next_run(imported: Imported, year: YearOfSales) -> None:
    movements = year.pair_count + year.row_count

    assert 2_000 <= imported.size_when_killed < movements
    assert imported.completed["posted"] + imported.completed["replayed"] == movements
    # The batch that was under way when the process died may have been posted after we looked.
    assert 0 <= imported.completed["replayed"] - imported.size_when_killed <= 1_000
    assert imported.shop.posted() == movements


def test_a_second_run_posts_nothing(imported: Imported, year: YearOfSales) -> None:
    told = {name: imported.repeated[name] for name in ("rows", "posted", "replayed", "rejected")}

    movements = year.pair_count + year.row_count
    zero = len(year.zero_rows)
    assert told == {"rows": movements + zero, "posted": 0, "replayed": movements, "rejected": zero}


def test_rows_of_nothing_are_rejected_with_row_and_reason(imported: Imported, year: YearOfSales) -> None:
    with imported.rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert tuple(int(row["row"]) for row in rows) == year.zero_rows
    assert {row["code"] for row in rows} == {"invalid-field"}
    assert {row["detail"].partition(":")[0] for row in rows} == {"quantity"}
    assert {row["quantity"] for row in rows} == {"0"}
    assert {row["store_id"] for row in rows} <= {str(store) for store in STORES}


def test_at_the_end_nothing_is_left_of_any_item_in_any_store(imported: Imported, year: YearOfSales) -> None:
    found = imported.shop.balances()

    assert found == year.left_at(datetime(2018, 2, 1, tzinfo=UTC))
    assert set(found.values()) == {"0"}


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_balances_at_an_instant_are_the_opening_less_what_was_sold(
    imported: Imported, year: YearOfSales, instant: datetime
) -> None:
    found = imported.shop.balances(f"&effective_as_of={instant:%Y-%m-%dT%H:%M:%SZ}")

    assert found == year.left_at(instant)


def test_balances_as_the_ledger_knew_them_follow_the_rows_recorded_by_then(
    imported: Imported, year: YearOfSales
) -> None:
    recorded_at, row = imported.shop.recorded_sale(*OFTEN_SOLD)

    found = imported.shop.balances(f"&as_of={recorded_at}")

    assert found == year.left_after_row(row)
    assert set(found.values()) != {"0"}
