"""Ceremonies of WebAuthn: what a browser is asked for, and what the answer has to show before anybody believes it."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    encode_cbor,
    options_to_json_dict,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

NAME = "Velaurum"
CHALLENGE_BYTES = 32
TIMEOUT_MS = 300_000
SHORTEST_CREDENTIAL_ID, LONGEST_CREDENTIAL_ID = 16, 1023
LONGEST_PUBLIC_KEY = 2048
SHORTEST_RSA_BITS, LONGEST_RSA_BITS = 2048, 4096
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# No certificate of an authenticator's maker is asked for, and none is read: `packed` is signed by the new key itself.
FORMATS = frozenset({AttestationFormat.NONE, AttestationFormat.PACKED})

Answer = Mapping[str, Any]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site, as authenticators know it: `id` is its host, `origin` what browsers say they stand on."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey that an authenticator may have already."""

    credential_id: bytes
    transports: Sequence[str]


@dataclass(frozen=True, slots=True)
class NewKey:
    """What an authenticator made, and proved to have made for this site, now, before its person."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_backed_up: bool
    transports: list[str]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a right signature says of its authenticator."""

    sign_count: int
    is_backed_up: bool


class CeremonyError(Exception):
    """The answer does not show what it has to; the message says what is missing, and quotes nothing."""


def new_challenge() -> bytes:
    """Make 256 random bits that an authenticator signs."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def challenge_hash(challenge: bytes) -> bytes:
    """Return what is kept of a challenge."""
    return hashlib.sha256(challenge).digest()


def creation_options(
    party: RelyingParty, challenge: bytes, principal_id: str, name: str, known: Sequence[Known]
) -> Json:
    """Return what `navigator.credentials.create()` is asked for: a key that stays, and a person who is verified."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=uuid.UUID(principal_id).bytes,
        user_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(
                one.credential_id, transports=[AuthenticatorTransport(name) for name in one.transports]
            )
            for one in known
        ],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(party: RelyingParty, challenge: bytes) -> Json:
    """Return what `navigator.credentials.get()` is asked for; it names no passkey, so that it tells of nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_of(answer: Answer) -> bytes:
    """Return the challenge that an answer says it answers; empty when it says none."""
    try:
        return parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).challenge
    except Exception:  # noqa: BLE001 - bytes of strangers: whatever the reader stumbles over, there is none
        return b""


def credential_id_of(answer: Answer) -> bytes:
    """Return the id of the passkey that an answer says it is of; empty when it says none."""
    try:
        return base64url_to_bytes(answer["rawId"])
    except ValueError:
        return b""


def registered(party: RelyingParty, answer: Answer, challenge: bytes) -> NewKey:
    """Return the new key, or raise CeremonyError."""
    try:
        return _new_key(party, answer, challenge)
    except CeremonyError:
        raise
    except Exception as error:  # bytes of strangers: whatever the library stumbles over is no proof
        raise CeremonyError(
            "it is no answer to these options, from a page of this site, by a person who was verified"
        ) from error


def signed(
    party: RelyingParty, answer: Answer, challenge: bytes, public_key: bytes, principal_id: str
) -> Signed | None:
    """Return what was signed for this person, or None. The sign count is not judged: that takes the passkey's lock."""
    try:
        credential = parse_authentication_credential_json(dict(answer))
        _require_own_page(credential.response.client_data_json)
        proof = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - bytes of strangers: whatever the library stumbles over is no proof
        return None
    if credential.response.user_handle != uuid.UUID(principal_id).bytes:
        return None
    return Signed(proof.new_sign_count, proof.credential_backed_up)


def _new_key(party: RelyingParty, answer: Answer, challenge: bytes) -> NewKey:
    credential = parse_registration_credential_json(dict(answer))
    _require_own_page(credential.response.client_data_json)
    attestation = parse_attestation_object(credential.response.attestation_object)
    if attestation.fmt not in FORMATS or attestation.att_stmt.x5c is not None:
        raise CeremonyError("it brings an attestation that nobody asked for")
    made = webauthn.verify_registration_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=party.id,
        expected_origin=party.origin,
        require_user_verification=True,
        supported_pub_key_algs=ALGORITHMS,
    )
    if made.credential_id != credential.raw_id:
        raise CeremonyError("its id is not the one that the authenticator made")
    _require_fit(made.credential_id, made.credential_public_key)
    transports = [one.value for one in credential.response.transports or ()]
    return NewKey(
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        made.credential_backed_up,
        list(dict.fromkeys(transports)),
    )


def _require_own_page(client_data: bytes) -> None:
    """Refuse what was made in a frame of another site; the library reads the origin of the frame alone."""
    if parse_client_data_json(client_data).cross_origin:
        raise CeremonyError("it was made within a page of another site")


def _require_fit(credential_id: bytes, public_key: bytes) -> None:
    if not SHORTEST_CREDENTIAL_ID <= len(credential_id) <= LONGEST_CREDENTIAL_ID:
        raise CeremonyError("its id is not 16 to 1023 octets long")
    if len(public_key) > LONGEST_PUBLIC_KEY:
        raise CeremonyError("its key is too long")
    key = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if isinstance(key, RSAPublicKey) and not SHORTEST_RSA_BITS <= key.key_size <= LONGEST_RSA_BITS:
        raise CeremonyError("its RSA key is not 2048 to 4096 bits long")


def _nobodys_key() -> bytes:
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (number.to_bytes(32) for number in (numbers.x, numbers.y))
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})


# Verified with where there is no passkey, so that an answer for nobody takes as long as one for somebody. Its private
# half is forgotten before anybody asks.
NOBODYS_KEY = _nobodys_key()
