"""Passkeys: registered by their own person after a fresh sign-in, and good for signing in until they are revoked."""

from dataclasses import dataclass
from typing import Annotated

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import ceremonies, sessions
from velaurum.identity.ceremonies import Answer, CeremonyError, Known, RelyingParty
from velaurum.identity.principals import REPEATS
from velaurum.identity.secrets import BearerToken
from velaurum.identity.sessions import Limits
from velaurum.keys import blind_indexes, sealed_texts
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "passkeys.sql")
TABLE, COLUMN = "identity.passkey", "name"
_UNDECIDED = {
    "unknown-challenge": "Its challenge was answered before, is not yours, or is older than 5 minutes; ask anew.",
    "taken": "The organisation has this passkey already.",
    "full": "You have 20 passkeys; revoke one first.",
}
LONGEST_NAME = 120
MOST_LISTED = 100
NOBODY = "00000000-0000-0000-0000-000000000000"
# Where somebody signs in to an organisation that does not exist: the same statements run, and nobody is found.
NOWHERE = OrgId(NOBODY)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey without its key; instants are RFC 3339 in UTC. A name that does not open now is None.

    `regressed_at` is when its authenticator last counted less than before, as a copy of it would. It signs in
    while `revoked_at` is None.
    """

    id: str
    principal_id: str
    name: Annotated[str | None, PersonName("principal_id", (TABLE, COLUMN, "id"))]
    credential_id: bytes
    transports: list[str]
    is_backed_up: bool
    created_at: str
    last_used_at: str | None
    regressed_at: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class _Person:
    id: str
    name: Annotated[str | None, PersonName("id")]


@dataclass(frozen=True, slots=True)
class _Stored:
    id: str
    principal_id: str
    public_key: bytes


def options(tx: Tx, org: OrgContext, party: RelyingParty) -> ceremonies.Json:
    """Return what the browser of whoever asks makes a passkey with; its challenge waits five minutes.

    Refuses `stale-session`, `unauthenticated` and `suspended`.
    """
    within = tx.within(org.org_id)
    challenge = ceremonies.new_challenge()
    registrant = within.value(
        QUERIES["challenge_registrant"],
        str,
        org_id=org.org_id,
        credential_id=org.credential_id,
        challenge_hash=ceremonies.challenge_hash(challenge),
    )
    person = within.one(QUERIES["person"], _Person, org_id=org.org_id, principal_id=registrant)
    known = [Known(one.credential_id, one.transports) for one in list_own(tx, org) if one.revoked_at is None]
    return ceremonies.creation_options(party, challenge, person.id, person.name or ceremonies.NAME, known)


def register(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    party: RelyingParty,
    name: str,
    answer: Answer,
    *,
    idempotency_key: str,
) -> Created[Passkey]:
    """Register the passkey that answers a challenge, or find what was decided for the key.

    Commit the result before it is asked for: the challenge is spent by it. It may hold `invalid-field`, and
    `conflict` for a passkey that is known already or one too many, which decide nothing. Refuses `stale-session` and
    `key-unavailable`.
    """
    if detail := texts.text_problem(name, LONGEST_NAME):
        raise invalid_field("/name", detail)
    within = tx.within(org.org_id)
    challenge = ceremonies.challenge_of(answer)
    try:
        made = ceremonies.registered(party, answer, challenge)
    except CeremonyError as error:
        raise invalid_field("/credential", f"This passkey cannot be registered: {error}.") from error
    decision = _decide(
        within, org, keyring, name, made, ceremonies.challenge_hash(challenge), idempotency_key
    )
    if decision.outcome in _UNDECIDED:
        return Created(None, _undecided(decision.outcome), replayed=False)
    return decision.created(lambda passkey_id: _get_own(tx, org, passkey_id))


def list_own(tx: Tx, org: OrgContext) -> list[Passkey]:
    """Return the passkeys of whoever asks: those that sign in first, the newest before the others; 100 at most."""
    return _own(tx, org, None)


def revoke_own(tx: Tx, org: OrgContext, passkey_id: str) -> Passkey:
    """Revoke a passkey for ever, and end the person's other sessions that a passkey opened; a repeat finds it done.

    Refuses `not-found` for any but one's own.
    """
    within = tx.within(org.org_id)
    which = {"org_id": org.org_id, "credential_id": org.credential_id, "id": passkey_id}
    within.run(QUERIES["revoke"], **which, request_id=org.request_id)
    return _get_own(tx, org, passkey_id)


def sign_in_options(tx: Tx, org_id: OrgId, party: RelyingParty) -> ceremonies.Json:
    """Return what anybody's browser signs in with; it is the same for every organisation, also for none."""
    challenge = ceremonies.new_challenge()
    kept = ceremonies.challenge_hash(challenge)
    tx.within(org_id).run(QUERIES["challenge_anybody"], org_id=org_id, challenge_hash=kept)
    return ceremonies.request_options(party, challenge)


def sign_in(tx: Tx, org_id: OrgId, party: RelyingParty, answer: Answer, limits: Limits) -> BearerToken | None:
    """Open a session for whoever's passkey answers a challenge, or return None; the challenge is spent either way.

    Whatever is missing, the same statements run and one signature is verified. Refuses `suspended`, to whoever
    proved to be a person of the organisation alone.
    """
    within = tx.within(org_id)
    challenge = ceremonies.challenge_of(answer)
    kept = ceremonies.challenge_hash(challenge)
    is_waiting = within.value(QUERIES["take_challenge"], bool, org_id=org_id, challenge_hash=kept)
    named = ceremonies.credential_id_of(answer)
    stored = within.maybe(QUERIES["find"], _Stored, org_id=org_id, passkey_credential_id=named)
    key, holder = (
        (ceremonies.NOBODYS_KEY, NOBODY) if stored is None else (stored.public_key, stored.principal_id)
    )
    signed = ceremonies.signed(party, answer, challenge, key, holder)
    proven = stored.id if stored is not None and signed is not None and is_waiting else NOBODY
    outcomes = within.values(
        QUERIES["use"],
        str,
        org_id=org_id,
        id=proven,
        sign_count=0 if signed is None else signed.sign_count,
        is_backed_up=signed is not None and signed.is_backed_up,
    )
    if outcomes != ["signed-in"]:
        return None
    return sessions.open_session(within, org_id, holder, "passkey", limits)


def _decide(
    tx: Tx,
    org: OrgContext,
    keyring: Keyring,
    name: str,
    made: ceremonies.NewKey,
    challenge_hash: bytes,
    idempotency_key: str,
) -> Decision:
    passkey_id = ids.new()
    place = Place(org.org_id, TABLE, COLUMN, passkey_id)
    passkey = {
        "id": passkey_id,
        "name": sealed_texts.seal(tx, org.org_id, keyring, place, name, org.actor_id),
        "credential_id": made.credential_id.hex(),
        "public_key": made.public_key.hex(),
        "sign_count": made.sign_count,
        "is_backed_up": made.is_backed_up,
    }
    # A hash of the name itself would tell whoever guesses it. What was decided before is known by such a one.
    known_as = blind_indexes.of(tx, org.org_id, keyring, REPEATS, "passkey", name).hex()
    for called in (known_as, name):
        meaning = {"create": "passkey", "name": called, "credential": made.credential_id.hex()}
        decision = tx.one(
            QUERIES["register"],
            Decision,
            org_id=org.org_id,
            credential_id=org.credential_id,
            request_id=org.request_id,
            idempotency_key=idempotency_key,
            request_hash=canonical.digest(meaning),
            challenge_hash=challenge_hash,
            passkey=passkey,
            transports=made.transports,
        )
        if decision.outcome != "mismatch":
            break
    return decision


def _undecided(outcome: str) -> Refusal:
    if outcome == "unknown-challenge":
        return invalid_field("/credential", _UNDECIDED[outcome])
    return Refusal("conflict", _UNDECIDED[outcome])


def _get_own(tx: Tx, org: OrgContext, passkey_id: str) -> Passkey:
    found = _own(tx, org, passkey_id)
    if not found:
        raise Refusal("not-found", "There is no such passkey.")
    return found[0]


def _own(tx: Tx, org: OrgContext, passkey_id: str | None) -> list[Passkey]:
    return tx.within(org.org_id).all(
        QUERIES["list_of"],
        Passkey,
        org_id=org.org_id,
        principal_id=org.actor_id,
        id=passkey_id,
        limit=MOST_LISTED,
    )
