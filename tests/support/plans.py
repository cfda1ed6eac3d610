"""How the server ran statements, those inside of routines among them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

_FILTERED = "Rows Removed by Filter: "


@contextmanager
def explained(connection: psycopg.Connection[Any], *settings: str) -> Iterator[list[str]]:
    """Collect the plan of each statement of a transaction; `settings` are more of auto_explain's own."""
    plans: list[str] = []

    def keep(notice: psycopg.errors.Diagnostic) -> None:
        plans.append(notice.message_primary or "")

    connection.execute("load 'auto_explain'")
    for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_level = notice", *settings):
        connection.execute(f"set local auto_explain.{setting}".encode())
    connection.add_notice_handler(keep)
    try:
        yield plans
    finally:
        connection.remove_notice_handler(keep)


def rows_met(plans: Sequence[str], relation: str) -> int:
    """Return how many rows of a relation analyzed plans met, those that a filter took away among them."""
    scan = re.compile(rf"Scan (?:using \w+ )?on {relation}\b.* rows=([\d.]+) loops=(\d+)")
    count = 0.0
    for plan in plans:
        loops = 0
        for line in plan.splitlines():
            if "->" in line or "(cost" in line:
                found = scan.search(line)
                loops = int(found[2]) if found else 0
                count += float(found[1]) * loops if found else 0
            elif _FILTERED in line:
                count += loops * int(line.split(_FILTERED)[1])
    return round(count)
