"""Second factors: enrolled by their own person after a fresh sign-in, and asked for with the password from then on."""

import time
import uuid
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import one_time_codes, sign_in_failures
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "second_factors.sql")


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What is shown of one's second factor; `confirmed_at` is RFC 3339 in UTC, None where none is asked for."""

    confirmed_at: str | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, repr=False)
class _Stored:
    id: str
    sealed: bytes


def enrol(tx: Tx, org: OrgContext, secrets: FactorSecrets, login: str) -> str:
    """Let a new secret wait for its first code, and return it as an otpauth URI: the only copy.

    Refuses `stale-session`, `unauthenticated`, `suspended` and `key-unavailable`.
    """
    factor_id, secret = str(uuid.uuid4()), one_time_codes.new_secret()
    within = tx.within(org.org_id)
    within.run(
        QUERIES["enrol"],
        org_id=org.org_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=factor_id,
        sealed=secrets.seal(within, org, factor_id, secret),
    )
    return one_time_codes.uri(secret, org.org_code, login)


def confirm(tx: Tx, org: OrgContext, secrets: FactorSecrets, code: str) -> list[str]:
    """Ask for the second factor that waits from now on, and return its recovery codes: the only copy.

    Refuses `invalid-field` for a wrong code, `conflict` when none waits, `stale-session` and `key-unavailable`.
    """
    within = tx.within(org.org_id)
    waiting = within.maybe(QUERIES["waiting"], _Stored, org_id=org.org_id, principal_id=org.actor_id)
    if waiting is None:
        raise Refusal("conflict", "No second factor waits for its first code; enrol one.")
    step = _step(within, secrets, org.org_id, org.actor_id, waiting, code)
    if step is None:
        raise invalid_field("/code", "This is not the code of this moment; is the clock of the device right?")
    codes = one_time_codes.new_recovery_codes()
    confirmed = within.value(
        QUERIES["confirm"],
        bool,
        org_id=org.org_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=waiting.id,
        step=step,
        code_hashes=codes.hashes,
    )
    if not confirmed:
        raise Refusal("conflict", "Another one was enrolled, or confirmed, at this moment.")
    return codes.texts


def renew_recovery_codes(tx: Tx, org: OrgContext) -> list[str]:
    """Return new recovery codes in the place of those before. Refuses `not-found` and `stale-session`."""
    codes = one_time_codes.new_recovery_codes()
    which = {"org_id": org.org_id, "credential_id": org.credential_id, "request_id": org.request_id}
    if not tx.within(org.org_id).value(QUERIES["renew"], bool, code_hashes=codes.hashes, **which):
        raise Refusal("not-found", "You have no second factor.")
    return codes.texts


def remove(tx: Tx, org: OrgContext) -> SecondFactor:
    """Ask for no second factor any more. Refuses `not-found` and `stale-session`."""
    which = {"org_id": org.org_id, "credential_id": org.credential_id, "request_id": org.request_id}
    if not tx.within(org.org_id).value(QUERIES["remove"], bool, **which):
        raise Refusal("not-found", "You have no second factor.")
    return get_own(tx, org)


def get_own(tx: Tx, org: OrgContext) -> SecondFactor:
    """Return how one's own second factor stands."""
    found = tx.within(org.org_id).maybe(
        QUERIES["own"], SecondFactor, org_id=org.org_id, principal_id=org.actor_id
    )
    return found or SecondFactor(None, 0)


def require(
    tx: Tx, org_id: OrgId, principal_id: str, code: str | None, secrets: FactorSecrets
) -> Refusal | None:
    """Return why somebody with the right password does not sign in yet, or None; `tx` is within the organisation.

    A code that is right is used up by it, and one that is wrong is counted, once `tx` is committed.
    Raises `key-unavailable`.
    """
    stored = tx.maybe(QUERIES["required"], _Stored, org_id=org_id, principal_id=principal_id)
    if stored is None:
        return None
    if code is None:
        return Refusal(
            "second-factor-required", "Send the code of your second factor along, or a recovery code."
        )
    counted = sign_in_failures.keys(secrets.seals, org_id, second_factor=principal_id)
    try:
        sign_in_failures.attempt(tx, org_id, counted)
    except Refusal as refusal:
        return refusal
    if not _is_used(tx, org_id, principal_id, stored, code, secrets):
        return Refusal("unauthenticated", "Nobody can sign in with this.")
    sign_in_failures.forgive(tx, org_id, counted)
    return None


def _is_used(
    tx: Tx, org_id: OrgId, principal_id: str, stored: _Stored, code: str, secrets: FactorSecrets
) -> bool:
    if not one_time_codes.is_by_time(code):
        code_hash = one_time_codes.recovery_hash(code)
        return tx.value(QUERIES["use_recovery_code"], bool, org_id=org_id, id=stored.id, code_hash=code_hash)
    step = _step(tx, secrets, org_id, principal_id, stored, code)
    return step is not None and tx.value(QUERIES["use_step"], bool, org_id=org_id, id=stored.id, step=step)


def _step(
    tx: Tx, secrets: FactorSecrets, org_id: OrgId, principal_id: str, stored: _Stored, code: str
) -> int | None:
    secret = secrets.open(tx, org_id, principal_id, stored.id, stored.sealed)
    return one_time_codes.step_of(secret, code, int(time.time()))
