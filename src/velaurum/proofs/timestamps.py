"""Time stamps of RFC 3161: what is asked of an authority, and when it says that it saw something (V-22).

Signatures and certificates are verified by a library. It reads DER alone; authorities that leave their certificates in
another order than DER's are read all the same, as nothing signs that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
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

from velaurum.proofs.wire import FormatError, ProofError

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
REPLY_BYTES_MAX = 65_536
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


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
    """Return the instant at which an authority saw these bytes. ProofError unless a trusted one said so.

    Its certificate has to be good at that instant and for time stamps alone; with `nonce` it is the answer to that
    question.
    """
    said = _decoded(reply)
    try:
        imprint = said.tst_info.message_imprint
        if imprint.hash_algorithm != _SHA256:
            raise ProofError("The time stamp is over another hash than SHA-256.")
        verifier = VerifierBuilder(roots=[*trusted], nonce=nonce).build()
        verifier.verify(said, sha256(data).digest())
        return said.tst_info.gen_time.astimezone(UTC)
    except (VerificationError, x509.InvalidVersion, ValueError, TypeError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError(f"The time stamp does not hold: {error}") from error


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
    said, rest = decoder.decode(reply, asn1Spec=rfc3161.TimeStampResp())
    token = said["timeStampToken"]
    signed, more = decoder.decode(token["content"], asn1Spec=rfc5652.SignedData())
    if rest or more:
        raise FormatError("The reply goes on after its end.")
    token["content"] = encoder.encode(signed)
    ordered: bytes = encoder.encode(said)
    return ordered
