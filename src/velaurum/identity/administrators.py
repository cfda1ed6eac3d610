"""The platform's administrators: made on the data directory, the first of them once; none by default."""

import hmac
import uuid
from dataclasses import dataclass

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import break_glass
from velaurum.identity.secrets import PLATFORM, BearerToken, mint
from velaurum.tenancy import orgs

QUERIES = queries(__package__, "administrators.sql")
LONGEST_NAME = 100  # with `break-glass: ` before it, it is the name of a principal


@dataclass(frozen=True, slots=True)
class Administrator:
    """One administrator; `created_by` and `revoked_by` are accounts of the operating system, instants RFC 3339."""

    id: str
    name: str
    created_at: str
    created_by: str
    revoked_at: str | None
    revoked_by: str | None


def bootstrap(tx: Tx, name: str) -> BearerToken:
    """Make the first administrator. Refuses with `conflict` when there is one."""
    token = mint(str(PLATFORM), str(uuid.uuid4()))
    made = tx.run(QUERIES["bootstrap"], id=token.token_id, name=name, secret_hash=token.secret_hash)
    if not made:
        raise Refusal("conflict", "This installation has its administrator already.")
    return token


def create(tx: Tx, name: str, *, created_by: str) -> BearerToken:
    """Make another one. Refuses `invalid-field`, and `conflict` before the first or for a name given before."""
    if detail := texts.text_problem(name, LONGEST_NAME):
        raise invalid_field("/name", detail)
    if not exists(tx):
        raise Refusal("conflict", "There is no administrator yet; `velaurum bootstrap` makes the first.")
    token = mint(str(PLATFORM), str(uuid.uuid4()))
    made = tx.run(
        QUERIES["create"],
        id=token.token_id,
        name=name,
        secret_hash=token.secret_hash,
        created_by=created_by,
    )
    if not made:
        raise Refusal("conflict", f"There is or was an administrator {name}; a name is one person for ever.")
    return token


def list_all(tx: Tx) -> list[Administrator]:
    """Return every administrator there is or was, the first first."""
    return tx.all(QUERIES["list_all"], Administrator)


def revoke(tx: Tx, administrator_id: str, *, revoked_by: str) -> bool:
    """Revoke an administrator, and end whatever they broke the glass for; False when there was nobody to revoke."""
    if not tx.value(QUERIES["revoke"], bool, id=administrator_id, revoked_by=revoked_by):
        return False
    for org in orgs.list_all(tx):
        break_glass.end_of(tx, org.org_id, administrator_id)
    return True


def exists(tx: Tx) -> bool:
    """Tell whether the installation was bootstrapped."""
    return tx.value(QUERIES["exists"], bool)


def verify(tx: Tx, token: BearerToken) -> bool:
    """Tell whether this is the token of an administrator of the platform who was not revoked."""
    stored = tx.values(QUERIES["find"], bytes, id=token.token_id)
    return bool(stored) and hmac.compare_digest(stored[0], token.secret_hash)
