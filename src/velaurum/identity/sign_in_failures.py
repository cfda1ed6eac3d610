"""Failures of signing in, counted by the database for every process: by login, by address, by second factor."""

from typing import Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity.seals import Seals
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "sign_in_failures.sql")
Kind = Literal["login", "address", "second-factor"]
Keys = dict[Kind, bytes]


def keys(seals: Seals, org_id: OrgId, **told: str) -> Keys:
    """Return what failures are counted under: `login`, `address` and `second_factor`, none of them to be read."""
    kinds: dict[str, Kind] = {"login": "login", "address": "address", "second_factor": "second-factor"}
    return {kinds[name]: seals.blind(kinds[name], org_id, text) for name, text in told.items()}


def attempt(tx: Tx, org_id: OrgId, counted: Keys) -> None:
    """Count an attempt, for now as a failure; `tx` is within the organisation, and commits before anything is proven.

    Refuses `rate-limited`, with how long to wait, and then counts nothing.
    """
    wait_s = tx.value(
        QUERIES["attempt"],
        int,
        org_id=org_id,
        kinds=list(counted),
        key_hashes=list(counted.values()),
    )
    if wait_s > 0:
        # The same sentence as of every limit: it tells nothing about who was named.
        raise Refusal(
            "rate-limited",
            "Too many requests came; Retry-After says when to come back.",
            retry_after_s=wait_s,
        )


def withdraw(tx: Tx, org_id: OrgId, counted: Keys) -> None:
    """Take one attempt back at which nobody could look, as a key was away. `tx` is within the organisation.

    Of an address it stays counted: that is what bounds whoever lets attempts end so.
    """
    hashes = [one for kind, one in counted.items() if kind != "address"]
    tx.run(QUERIES["withdraw"], org_id=org_id, key_hashes=hashes)


def forgive(tx: Tx, org_id: OrgId, counted: Keys) -> None:
    """Take an attempt back: it was no failure. `tx` is within the organisation."""
    tx.run(QUERIES["forgive"], org_id=org_id, key_hashes=list(counted.values()))
