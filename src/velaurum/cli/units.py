"""`velaurum unit`: units of measure over HTTP."""

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Limit, Remote


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/units", limit)
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["code"], one["name"], one["dimension"] or "", _factor(one["numerator"], one["denominator"]))
        for one in found["data"]
    ]
    show.table(("code", "name", "dimension", "factor"), rows)


def _factor(numerator: str | None, denominator: str | None) -> str:
    if numerator is None:
        return ""
    return numerator if denominator == "1" else f"{numerator}/{denominator}"
