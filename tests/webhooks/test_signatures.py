"""What is signed, and by which secrets: against the reference library, and a library for ed25519 (V-06)."""

import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from velaurum.webhooks import signatures, signing_keys
from velaurum.webhooks.signatures import SignatureError
from velaurum.webhooks.signing_keys import InstallationKey, SigningKeys

ORG, ENDPOINT = (str(uuid4()) for _ in range(2))
KEY = InstallationKey(bytes(range(32)))
BODY = '{"type":"velaurum.movement.posted.v1","unit":"µm"}'.encode()


def keys(generation: int = 1, endpoint: str = ENDPOINT, org: str = ORG) -> SigningKeys:
    return KEY.signing_keys(org, endpoint, generation)


def sent(*signing: SigningKeys, at: int | None = None) -> dict[str, str]:
    return dict(signatures.headers("msg_1", at or int(time.time()), BODY, signing or [keys()]))


def verify_ed25519(headers: dict[str, str], body: bytes, public_key: str) -> None:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    (line,) = [one for one in headers["webhook-signature"].split(" ") if one.startswith("v1a,")]
    raw = b64decode(public_key.removeprefix("whpk_"))
    Ed25519PublicKey.from_public_bytes(raw).verify(b64decode(line.removeprefix("v1a,")), signed)


def test_the_reference_library_verifies_what_is_sent() -> None:
    assert Webhook(keys().secret).verify(BODY, sent())["unit"] == "µm"


def test_the_reference_library_refuses_another_body_another_secret_and_another_time() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(keys().secret).verify(BODY.replace(b"posted", b"undone"), sent())
    with pytest.raises(WebhookVerificationError):
        Webhook(keys(2).secret).verify(BODY, sent())
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(keys().secret).verify(BODY, sent(at=int(time.time()) - 600))


def test_what_the_reference_library_signs_is_what_we_sign() -> None:
    at = datetime.now(UTC)
    theirs = Webhook(keys().secret).sign("msg_1", at, BODY.decode())

    assert sent(at=int(at.timestamp()))["webhook-signature"].split(" ")[0] == theirs


def test_the_public_key_verifies_the_other_signature() -> None:
    verify_ed25519(sent(), BODY, keys().public_key)
    with pytest.raises(InvalidSignature):
        verify_ed25519(sent(), BODY + b" ", keys().public_key)
    with pytest.raises(InvalidSignature):
        verify_ed25519(sent(), BODY, keys(2).public_key)


def test_while_two_generations_sign_either_verifies() -> None:
    both = sent(keys(2), keys(1))

    assert [one.partition(",")[0] for one in both["webhook-signature"].split(" ")] == ["v1", "v1a"] * 2
    for generation in (1, 2):
        assert Webhook(keys(generation).secret).verify(BODY, both)
        signatures.verify(both, BODY, keys(generation).public_key)


def test_our_own_receiver_believes_what_is_signed_and_nothing_else() -> None:
    for key in (keys().secret, keys().public_key):
        signatures.verify(sent(), BODY, key)
        for given, body in (
            (sent(), BODY + b" "),
            (sent(keys(3)), BODY),
            ({**sent(), "webhook-id": "msg_2"}, BODY),
            ({**sent(), "webhook-signature": "v1,AAAA v1a,AAAA v2,x nonsense"}, BODY),
            (sent(at=int(time.time()) - 301), BODY),
            ({**sent(), "webhook-timestamp": "now"}, BODY),
            ({"webhook-id": "msg_1"}, BODY),
        ):
            with pytest.raises(SignatureError):
                signatures.verify(given, body, key)
    for nothing in ("", "whsec_", "whpk_AAAA", "whsk_" + keys().secret[6:], "whsec_é"):
        with pytest.raises(SignatureError):
            signatures.verify(sent(), BODY, nothing)


def test_secrets_are_long_and_each_is_its_own() -> None:
    """Organisation, endpoint, generation and installation lead to a secret of their own, always the same."""
    several = [
        keys(),
        keys(2),
        keys(endpoint=str(uuid4())),
        keys(org=str(uuid4())),
        keys(endpoint=ORG, org=ENDPOINT),
        InstallationKey(b"x" * 32).signing_keys(ORG, ENDPOINT, 1),
    ]

    assert len({one.secret for one in several}) == len({one.public_key for one in several}) == len(several)
    assert keys().secret == keys().secret
    for one in several:
        assert len(b64decode(one.secret.removeprefix("whsec_"))) == 32
        assert len(b64decode(one.public_key.removeprefix("whpk_"))) == 32


def test_nothing_that_is_printed_shows_a_secret() -> None:
    one = keys()
    shown = f"{one!r} {KEY!r} {one} {KEY}"

    assert one.secret not in shown
    assert one.hmac.hex() not in shown
    assert repr(one.hmac) not in shown


def test_the_key_of_an_installation_is_made_once_and_for_its_user_alone(tmp_path: Path) -> None:
    made = signing_keys.load(tmp_path)

    assert signing_keys.load(tmp_path).key_id == made.key_id
    assert signing_keys.load(tmp_path / "other").key_id != made.key_id
    assert (tmp_path / "secrets" / signing_keys.FILE).stat().st_mode & 0o777 == 0o600
    assert timedelta(seconds=signatures.TOLERANCE_S) == timedelta(minutes=5)
