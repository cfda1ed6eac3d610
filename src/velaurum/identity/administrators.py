"""The platform's first administrator: made once, from the data directory, never by default."""

import hmac
import uuid

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity.secrets import PLATFORM, BearerToken, mint

QUERIES = queries(__package__, "administrators.sql")


def bootstrap(tx: Tx, name: str) -> BearerToken:
    """Make the first administrator. Refuses with `conflict` when there is one."""
    token = mint(str(PLATFORM), str(uuid.uuid4()))
    made = tx.run(QUERIES["bootstrap"], id=token.token_id, name=name, secret_hash=token.secret_hash)
    if not made:
        raise Refusal("conflict", "This installation has its administrator already.")
    return token


def exists(tx: Tx) -> bool:
    """Tell whether the installation was bootstrapped."""
    return tx.value(QUERIES["exists"], bool)


def verify(tx: Tx, token: BearerToken) -> bool:
    """Tell whether this is a platform administrator's token."""
    stored = tx.values(QUERIES["find"], bytes, id=token.token_id)
    return bool(stored) and hmac.compare_digest(stored[0], token.secret_hash)
