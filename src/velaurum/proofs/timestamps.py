"""Time stamps of RFC 3161: what is asked of an authority, and when it says that it saw something (V-22).

Signatures and certificates are verified by a library. It reads DER alone; authorities that leave their certificates in
another order than DER's are read all the same, as nothing signs that order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyasn1.codec.der import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1_modules import rfc3161, rfc5652
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import Accuracy, PKIStatus

from velaurum.proofs.wire import FormatError, ProofError

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
REPLY_BYTES_MAX = 65_536
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
_UNREADABLE = (ValueError, TypeError, LookupError, PyAsn1Error, UnsupportedAlgorithm, x509.InvalidVersion)
# An authority whose clock may be off by more than a day says nothing of when.
_MOST_ACCURACY_S = 86_400
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


@dataclass(frozen=True, slots=True)
class Stamped:
    """When an authority saw something by its clock, and how far that clock may be off: `at` ± `accuracy`.

    An authority that does not say how far is taken at its word.
    """

    at: datetime
    accuracy: timedelta = timedelta(0)

    @property
    def earliest(self) -> datetime:
        """The instant before which it was not stamped."""
        return self.at - self.accuracy

    @property
    def latest(self) -> datetime:
        """The instant by which it was stamped."""
        return self.at + self.accuracy


@dataclass(frozen=True, slots=True)
class Query:
    """What is sent to an authority, in DER, and the number that its answer has to repeat."""

    raw: bytes
    nonce: int


def query(data: bytes) -> Query:
    """Return the question when these bytes, which are not empty, were there; their SHA-256 is in it."""
    made = TimestampRequestBuilder(data, HashAlgorithm.SHA256).build()
    if made.nonce is None:
        raise AssertionError("the builder draws a nonce")
    return Query(made.as_bytes(), made.nonce)


def roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Read the certificates of the authorities that are trusted. FormatError when there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise FormatError("There is no certificate in PEM in it.") from error


def stamped_at(
    reply: bytes, data: bytes, trusted: Sequence[x509.Certificate], nonce: int | None = None
) -> datetime:
    """Return the instant of stamped() alone, by the authority's clock."""
    return stamped(reply, data, trusted, nonce).at


def stamped(
    reply: bytes, data: bytes, trusted: Sequence[x509.Certificate], nonce: int | None = None
) -> Stamped:
    """Return when an authority saw these bytes. ProofError unless a trusted one said so.

    Its certificate has to be good at that instant and for time stamps alone; with `nonce` it is the answer to that
    question.
    """
    said = _decoded(reply)
    try:
        _require_sha256(said)
        verifier = VerifierBuilder(roots=[*trusted], nonce=nonce).build()
        verifier.verify(said, sha256(data).digest())
        return Stamped(said.tst_info.gen_time.astimezone(UTC), _accuracy(said))
    except (VerificationError, x509.InvalidVersion, ValueError, TypeError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError(f"The time stamp does not hold: {error}") from error


def claimed_at(reply: bytes, data: bytes) -> datetime:
    """Return the instant at which whoever signed a reply says to have seen these bytes. ProofError unless it holds.

    The signature is held to the certificate in the reply, by nothing of which anybody knows whose it is: a reply that
    was altered is refused, one that was made up is not. RSA (PKCS #1 v1.5) and ECDSA are known.
    """
    said = _decoded(reply)
    try:
        _require_over(said, data)
        _require_signed(_ordered(reply)["timeStampToken"]["content"])
        return said.tst_info.gen_time.astimezone(UTC)
    except ProofError:
        raise
    except _UNREADABLE as error:
        raise ProofError(f"The time stamp does not hold: {error}") from error


def _accuracy(said: TimeStampResponse) -> timedelta:
    stated: Accuracy | None = said.tst_info.accuracy  # which an authority need not say
    if stated is None:
        return timedelta(0)
    seconds, millis, micros = stated.seconds or 0, stated.millis or 0, stated.micros or 0
    if seconds > _MOST_ACCURACY_S:
        raise ProofError(
            f"The time stamp does not hold: its clock may be off by {seconds} s, which says nothing."
        )
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _require_over(said: TimeStampResponse, data: bytes) -> None:
    if PKIStatus(said.status) != PKIStatus.GRANTED:
        raise ProofError("The authority did not stamp it.")
    _require_sha256(said)
    if said.tst_info.message_imprint.message != sha256(data).digest():
        raise ProofError("The time stamp does not hold: it is over something else.")


def _require_sha256(said: TimeStampResponse) -> None:
    if said.tst_info.message_imprint.hash_algorithm != _SHA256:
        raise ProofError("The time stamp is over another hash than SHA-256.")


def _require_signed(content: bytes) -> None:
    """Hold the one signature of a token to the certificate that it names: first what is signed, then by what."""
    signed, _ = decoder.decode(content, asn1Spec=rfc5652.SignedData())
    (signer,) = signed["signerInfos"]
    hashing = _HASHES[str(signer["digestAlgorithm"]["algorithm"])]()
    attributes = rfc5652.SignedAttributes()
    attributes.extend(signer["signedAttrs"])
    (imprint,) = (one for one in attributes if one["attrType"] == rfc5652.id_messageDigest)
    stated, _ = decoder.decode(imprint["attrValues"][0], asn1Spec=rfc5652.MessageDigest())
    digest = hashes.Hash(hashing)
    digest.update(signed["encapContentInfo"]["eContent"].asOctets())
    if stated.asOctets() != digest.finalize():
        raise ProofError("The time stamp does not hold: it is not what was signed.")
    key = _signing_certificate(signed, signer).public_key()
    signature, text = signer["signature"].asOctets(), bytes(encoder.encode(attributes))
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashing)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(hashing))
        else:
            raise ProofError("The time stamp is signed in a way that only its authority's certificates tell.")
    except InvalidSignature as error:
        raise ProofError("The time stamp does not hold: the certificate in it did not sign it.") from error


def _signing_certificate(signed: Any, signer: Any) -> x509.Certificate:
    named = signer["sid"]["issuerAndSerialNumber"]
    for one in signed["certificates"]:
        said = one["certificate"]["tbsCertificate"]
        if said["serialNumber"] == named["serialNumber"] and said["issuer"] == named["issuer"]:
            return x509.load_der_x509_certificate(bytes(encoder.encode(one["certificate"])))
    raise ProofError("The time stamp does not hold: the certificate of whoever signed it is not in it.")


def _decoded(reply: bytes) -> TimeStampResponse:
    if len(reply) > REPLY_BYTES_MAX:
        raise FormatError(f"A time stamp of more than {REPLY_BYTES_MAX} bytes is not read.")
    try:
        return decode_timestamp_response(reply)
    except ValueError:
        pass
    try:
        return decode_timestamp_response(_in_order(reply))
    except (ValueError, PyAsn1Error) as error:
        raise FormatError("This is no reply of a time-stamp authority.") from error


def _in_order(reply: bytes) -> bytes:
    """Return the reply with its sets in the order of DER. What is signed in it is in that order, or never verifies."""
    return bytes(encoder.encode(_ordered(reply)))


def _ordered(reply: bytes) -> Any:
    said, rest = decoder.decode(reply, asn1Spec=rfc3161.TimeStampResp())
    token = said["timeStampToken"]
    signed, more = decoder.decode(token["content"], asn1Spec=rfc5652.SignedData())
    if rest or more:
        raise FormatError("The reply goes on after its end.")
    token["content"] = encoder.encode(signed)
    return said
