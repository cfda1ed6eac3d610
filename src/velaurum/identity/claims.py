"""Claims: who has the one that a new installation printed becomes its first administrator, once."""

import hmac
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import administrators, invitations
from velaurum.identity.secrets import CLAIM_PREFIX, PLATFORM, BearerToken, mint
from velaurum.keys.keyring import Keyring
from velaurum.keys.person_names import PersonNames
from velaurum.tenancy import orgs

QUERIES = queries(__package__, "claims.sql")
LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class FirstPeople:
    """Whom a claim makes: the platform's administrator, and an organisation with a person who administers it."""

    administrator: str
    code: str
    region: str
    name: str
    login: str


def issue(tx: Tx) -> BearerToken | None:
    """Make a claim where there is no administrator; the result is the only copy of its secret."""
    secret = mint(str(PLATFORM), str(uuid.uuid4()), CLAIM_PREFIX)
    made = tx.run(QUERIES["issue"], id=secret.token_id, secret_hash=secret.secret_hash, life=LIFE)
    return secret if made else None


def verify(tx: Tx, secret: BearerToken | None) -> BearerToken:
    """Return a claim that may be used. Refuses `unauthenticated` for any other."""
    stored = [] if secret is None else tx.values(QUERIES["find"], bytes, id=secret.token_id)
    if secret is None or not stored or not hmac.compare_digest(stored[0], secret.secret_hash):
        raise _nothing()
    return secret


def use(
    tx: Tx, keyring: Keyring, proven: BearerToken, first: FirstPeople, phc: bytes, request_id: str
) -> BearerToken:
    """Use a claim that was proven; returns the administrator's token, the only copy of its secret.

    All of it is made, or nothing and the claim stays. Refuses `unauthenticated` when somebody was first,
    `invalid-field`, and `key-unavailable` where a name cannot be sealed.
    """
    if detail := texts.text_problem(first.administrator, administrators.LONGEST_NAME):
        raise invalid_field("/administrator", detail)
    token = mint(str(PLATFORM), str(uuid.uuid4()))
    made = tx.run(
        QUERIES["use"],
        id=proven.token_id,
        administrator_id=token.token_id,
        name=first.administrator,
        secret_hash=token.secret_hash,
    )
    if not made:
        raise _nothing()
    org = orgs.create(tx, first.code, first.region)
    # Nobody else sees the organisation yet, so that its first keys are made, and used, in here.
    within = keyring.within(tx)
    tx = replace(tx, names=PersonNames(within))
    secret = invitations.create_by_hand(
        tx, org.org_id, within, first.login, name=first.name, role="org-admin"
    )
    invitation = invitations.find(tx, secret)
    if invitation is None or not invitations.redeem(tx, org.org_id, within, invitation, phc, request_id):
        raise AssertionError("an invitation of this moment can be redeemed")
    return token


def _nothing() -> Refusal:
    return Refusal(
        "unauthenticated", "This claims nothing; restart the server for a new claim, if it is nobody's yet."
    )
