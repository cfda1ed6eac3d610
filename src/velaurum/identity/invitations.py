"""Invitations: made by who manages people, shown once, redeemed once for a password."""

import hmac
import re
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.identity import passwords, principals
from velaurum.identity.secrets import INVITATION_PREFIX, BearerToken, mint
from velaurum.keys import blind_indexes, person_names, sealed_texts
from velaurum.keys.blind_indexes import LOGINS
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "invitations.sql")
TABLE, COLUMN = "identity.invitation", "login"
LIFE = timedelta(hours=72)
_TRIES = 8
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,126}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation without its secret; instants are RFC 3339 in UTC. It may be redeemed while nothing ended it."""

    id: str
    principal_id: str
    principal_name: Annotated[str | None, PersonName("principal_id")]
    login: Annotated[str | None, PersonName("principal_id", (TABLE, COLUMN, "id"))]
    created_at: str
    expires_at: str
    redeemed_at: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """How inviting ended, and the secret when it was made now: the only copy."""

    created: Created[Invitation]
    secret: BearerToken | None


@dataclass(frozen=True, slots=True, repr=False)
class Redeemable:
    """An invitation that was proven: what its person is called here, so that no password is made of that."""

    id: str
    login: Annotated[str | None, PersonName("principal_id", (TABLE, COLUMN, "id"))]
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id")]
    org_code: str


def create(
    tx: Tx, org: OrgContext, keyring: Keyring, principal_id: str, login: str, *, idempotency_key: str
) -> Issued:
    """Invite a person, or find what was decided for the key, then without the secret.

    It takes the place of the invitation before. Refuses `not-found`, `invalid-field` (the login), `code-taken` for
    a login of somebody else, `conflict` for who is disabled or no person, `key-unavailable`, and `forbidden` for
    oneself, for the platform's operator, and for who holds anything out of reach. These decide nothing.
    """
    known_as = require_login(login)
    principal = principals.get(tx, org, principal_id)
    secret = mint(org.org_id, str(uuid.uuid4()), INVITATION_PREFIX)
    index = blind_indexes.of(tx, org.org_id, keyring, LOGINS, known_as)
    typed = passwords.typed(tx, org.org_id, known_as)
    sealed = None
    if principal.kind == "user" and principal.disabled_at is None:
        sealed = _sealed(tx, org.org_id, keyring, secret.token_id, known_as, principal.id)
    # A hash of the login itself would tell whoever guesses it. What was decided before is known by such a one.
    for asked in (index.hex(), known_as):
        decision = tx.one(
            QUERIES["invite"],
            Decision,
            **asdict(org),
            invitation_id=secret.token_id,
            principal_id=principal.id,
            login=sealed,
            login_index=index,
            typed=typed,
            secret_hash=secret.secret_hash,
            life=LIFE,
            idempotency_key=idempotency_key,
            request_hash=canonical.digest(
                {"create": "invitation", "principal": principal.id, "login": asked}
            ),
        )
        if decision.outcome != "mismatch":
            break
    if decision.outcome == "invalid":
        raise Refusal("conflict", "People are invited who are not disabled, and nobody else.")
    if decision.outcome == "taken":
        raise _taken()
    is_new = decision.record_id == secret.token_id
    return Issued(decision.created(lambda made: get(tx, org, made)), secret if is_new else None)


def create_by_hand(
    tx: Tx, org_id: OrgId, keyring: Keyring, login: str, *, name: str, role: str
) -> BearerToken:
    """Invite somebody at the operator's own hand; the result is the only copy of the secret.

    It is who signs in with this login already, or else a new person with a role of the whole organisation.
    Refuses `invalid-field` (login, name, role) and `key-unavailable`.
    """
    known_as = require_login(login)
    if detail := texts.text_problem(name, principals.LONGEST_NAME):
        raise invalid_field("/name", detail)
    secret = mint(org_id, str(uuid.uuid4()), INVITATION_PREFIX)
    within = tx.within(org_id)
    index = blind_indexes.of(within, org_id, keyring, LOGINS, known_as)
    typed = passwords.typed(within, org_id, known_as)
    sought = {"org_id": org_id, "login_index": index, "typed": typed}
    for _ in range(_TRIES):  # somebody else may invite at this moment
        (principal_id,) = within.values(QUERIES["holder"], str, **sought) or [ids.new()]
        if within.value(
            QUERIES["invite_by_hand"],
            bool,
            **sought,
            invitation_id=secret.token_id,
            principal_id=principal_id,
            name=person_names.seal(within, org_id, keyring, principal_id, person_names.PERSON, name),
            role=role,
            login=_sealed(within, org_id, keyring, secret.token_id, known_as, principal_id),
            secret_hash=secret.secret_hash,
            life=LIFE,
        ):
            return secret
    raise _taken()


def get(tx: Tx, org: OrgContext, invitation_id: str) -> Invitation:
    """Return one invitation of a principal within reach, or refuse `not-found`."""
    found = tx.maybe(
        QUERIES["get"], Invitation, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=invitation_id
    )
    if found is None:
        raise Refusal("not-found", "There is no such invitation.")
    return found


def find(tx: Tx, secret: BearerToken) -> Redeemable | None:
    """Return what a secret invites to, while it may be redeemed. Nothing is opened for who has not the secret."""
    within = tx.within(secret.org_id)
    sought = {"org_id": secret.org_id, "id": secret.token_id}
    known = within.values(QUERIES["secret_hash"], bytes, **sought)
    if not known or not hmac.compare_digest(known[0], secret.secret_hash):
        return None
    return within.maybe(QUERIES["find"], Redeemable, **sought)


def redeem(
    tx: Tx, org_id: OrgId, keyring: Keyring, proven: Redeemable, phc: bytes, request_id: str
) -> str | None:
    """Redeem what find() proved: its person has this password, and no other way in of before. Returns the login.

    None when somebody else was first, or it was withdrawn by now. Refuses `suspended` and `key-unavailable`.
    """
    within, password_id = tx.within(org_id), str(uuid.uuid4())
    known_as = passwords.opened(proven.login)
    login, index = passwords.sealed(within, org_id, keyring, password_id, known_as, proven.principal_id)
    is_redeemed = within.value(
        QUERIES["redeem"],
        bool,
        org_id=org_id,
        id=proven.id,
        password_id=password_id,
        login=login,
        login_index=index,
        phc=phc,
        request_id=request_id,
    )
    return known_as if is_redeemed else None


def require_login(login: str) -> str:
    """Return a login as it is compared, or refuse `invalid-field`."""
    known_as = login.lower()
    if not LOGIN.fullmatch(known_as):
        raise invalid_field(
            "/login",
            "A login is 1 to 128 of a-z, 0-9 and . _ @ + -; it begins and ends with a letter or digit.",
        )
    return known_as


def _sealed(
    tx: Tx, org_id: OrgId, keyring: Keyring, invitation_id: str, login: str, principal_id: str
) -> str:
    place = Place(org_id, TABLE, COLUMN, invitation_id)
    return sealed_texts.seal(tx, org_id, keyring, place, login, principal_id)


def _taken() -> Refusal:
    detail = "Somebody else of this organisation signs in with this login, or is invited to."
    return Refusal("code-taken", detail, (FieldError("/login", "code-taken", detail),))
