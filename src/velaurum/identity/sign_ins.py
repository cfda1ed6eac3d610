"""Sign-ins by a provider: begun by anybody, finished once, by the browser that began it.

The browser keeps one secret. What the provider is given, state, nonce and the challenge of the verifier, is derived
from it, so that nothing but its hash is stored anywhere.
"""

import base64
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.identity import sessions
from velaurum.identity.openid import NotVouchedError
from velaurum.identity.providers import Provider
from velaurum.identity.secrets import SIGN_IN_PREFIX, BearerToken, mint
from velaurum.identity.sessions import Limits
from velaurum.keys import blind_indexes
from velaurum.keys.blind_indexes import SUBJECTS
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "sign_ins.sql")
LIFE = timedelta(minutes=10)
# A path of this site: what a browser could take for another host begins with two slashes, or has a backslash.
LOCAL_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]{0,498})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Begun:
    provider_id: str
    secret_hash: bytes
    return_to: str


def provider_of(tx: Tx, org_id: OrgId, reference: dict[str, str | None]) -> Provider | None:
    """Return a provider that may vouch, by its id or code; `tx` is within the organisation."""
    return tx.maybe(QUERIES["provider"], Provider, org_id=org_id, **reference)


def begin(tx: Tx, org_id: OrgId, provider: Provider, return_to: str) -> BearerToken:
    """Begin a sign-in; the result is the only copy of its secret, for the browser. Refuses `suspended`."""
    secret = mint(org_id, str(uuid.uuid4()), SIGN_IN_PREFIX)
    tx.run(
        QUERIES["begin"],
        org_id=org_id,
        sign_in_id=secret.token_id,
        provider_id=provider.id,
        secret_hash=secret.secret_hash,
        return_to=return_to,
        life=LIFE,
    )
    return secret


def use(tx: Tx, secret: BearerToken | None, provider: Provider, state: str) -> str:
    """Use up the sign-in that this browser began with this provider, and return where it goes on.

    Refuses `invalid-field` when the state is not this browser's, and for a sign-in that was used or is over.
    """
    if secret is None or not hmac.compare_digest(derived(secret, "state").encode(), state.encode()):
        raise _not_begun()
    begun = tx.maybe(QUERIES["find"], _Begun, org_id=secret.org_id, sign_in_id=secret.token_id)
    if begun is None or not hmac.compare_digest(begun.secret_hash, secret.secret_hash):
        raise _not_begun()
    if begun.provider_id != provider.id:
        raise _not_begun()
    if not tx.value(QUERIES["use"], bool, org_id=secret.org_id, sign_in_id=secret.token_id):
        raise _not_begun()
    return begun.return_to


def finish(
    tx: Tx, org_id: OrgId, keyring: Keyring, provider: Provider, subject: str, limits: Limits
) -> BearerToken:
    """Open a session for whom the provider vouches for. NotVouchedError when that is nobody who may sign in.

    Refuses `key-unavailable`.
    """
    person = tx.values(
        QUERIES["vouched_for"],
        str,
        org_id=org_id,
        provider_id=provider.id,
        subject_index=blind_indexes.sought(tx, org_id, keyring, SUBJECTS, provider.id, subject),
        said=said(tx, org_id, provider, subject),
    )
    if not person:
        raise NotVouchedError("the subject stands for nobody, or the provider was disabled")
    try:
        return sessions.open_session(tx, org_id, person[0], "oidc", limits)
    except Refusal as refusal:
        if refusal.code != "unauthenticated":
            raise
        raise NotVouchedError("the subject stands for somebody who was disabled") from refusal


def said(tx: Tx, org_id: OrgId, provider: Provider, subject: str) -> str | None:
    """Return a subject to be compared with those from before, which have no index; None where there is none of these.

    So that no statement has a subject among its parameters once all are sealed.
    """
    is_needed = tx.value(QUERIES["any_plain"], bool, org_id=org_id, provider_id=provider.id)
    return subject if is_needed else None


def derived(secret: BearerToken, purpose: str) -> str:
    """Return what the secret becomes for one purpose: 43 characters that tell nothing of it or of each other."""
    mac = hmac.digest(secret.secret, purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _not_begun() -> Refusal:
    detail = "This browser did not begin this sign-in, or it is over; begin again."
    return Refusal("invalid-field", detail, (FieldError("state", "invalid-field", detail),))
