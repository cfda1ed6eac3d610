"""What is said in each log of the keys that sign it: the log explains itself, and tells readers whom to trust next."""

from velaurum.audit.keyrings import LogKey
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "log_keys.sql")


def lacking(tx: Tx, key: LogKey, state: str) -> list[OrgId]:
    """Return the organisations whose log was not told yet that a key is announced, signing or retired."""
    found = tx.values(QUERIES["lacking"], str, public_key=key.public_key, state=state)
    return [OrgId(one) for one in found]


def state(tx: Tx, org_id: OrgId, origin: str, key: LogKey, said: str, reason: str) -> bool:
    """Say in a log, under its name, what a key is now; False when that was said before. It is the log's next entry.

    Refuses `read-only` while the log is held.
    """
    return tx.value(
        QUERIES["state"],
        bool,
        org_id=org_id,
        state=said,
        verifier_key=str(key.verifier_of(origin)),
        public_key=key.public_key,
        overlap_until=key.overlap_until,
        reason=reason,
    )


def places(tx: Tx, org_id: OrgId) -> list[int]:
    """Return the log indexes of what is said of keys in a log."""
    return tx.values(QUERIES["places"], int, org_id=org_id)
