"""`velaurum schedule`: what the product does by itself, read on the data directory."""

from dataclasses import asdict

from velaurum.cli import local, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.ops import schedules


def list_all(*, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as tx:
        found = schedules.list_all(tx)
    if flags.json:
        show.document({"data": [asdict(one) for one in found]})
        return
    rows = [
        (one.name, one.runs_in, f"{one.cadence_s:g} s", one.began_at, one.outcome, one.next_at, _did(one))
        for one in found
    ]
    show.table(("name", "runs in", "every", "began last", "outcome", "next", "did"), rows)


def _did(one: schedules.Schedule) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted((one.result or {}).items()))
