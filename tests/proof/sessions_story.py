"""What somebody runs who signs in: sessions of a person, passkeys, and signing in with them."""

from support.authenticator import Authenticator, Ceremony
from support.keyrings import keyring_within
from support.tenants import new_token
from velaurum.db.connection import Tx
from velaurum.identity import passkeys, sessions, standing, tokens
from velaurum.identity.ceremonies import RelyingParty
from velaurum.identity.sessions import Limits
from velaurum.tenancy.context import OrgContext


def run(outside: Tx, org: OrgContext) -> None:
    """Open two sessions of a person, register and use passkeys, and end one."""
    token = new_token(outside, org, "auditor", "Ada", kind="user")
    person = tokens.verify(outside, token)
    assert person is not None
    owners = []
    for _ in range(2):
        within = outside.within(org.org_id)
        secret = sessions.open_session(within, org.org_id, person.actor_id, "password", Limits())
        credential = sessions.verify(outside, secret)
        assert credential is not None
        owners.append(credential.context(org.request_id, "own-session"))
        sessions.get_own(outside, owners[-1])
        standing.own(within, owners[-1])
    _register_and_sign_in(outside, owners[1])
    sessions.end_own(outside, owners[0])


def _register_and_sign_in(outside: Tx, org: OrgContext) -> None:
    party, page = RelyingParty("localhost", "https://localhost"), Ceremony("https://localhost", "localhost")
    made, keys = [], keyring_within(outside)
    for n in range(2):
        authenticator = Authenticator(sign_count=1)
        answer = authenticator.create(passkeys.options(outside, org, party), page)
        new = passkeys.register(outside, org, keys, party, f"key {n}", answer, idempotency_key=f"key-{n}")
        made.append(new.require())
        proof = authenticator.get(passkeys.sign_in_options(outside, org.org_id, party), page)
        # Undone, so that a challenge is left that may be taken.
        with outside.connection.transaction(force_rollback=True):
            secret = passkeys.sign_in(outside, org.org_id, party, proof, Limits())
            assert secret is not None
            sessions.get_opened(outside, secret)
        proof = authenticator.get(passkeys.sign_in_options(outside, org.org_id, party), page)
        assert passkeys.sign_in(outside, org.org_id, party, proof, Limits()) is not None
    passkeys.list_own(outside, org)
    passkeys.revoke_own(outside, org, made[0].id)
