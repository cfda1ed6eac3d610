"""TLS: version 1.3 or nothing, with a certificate of our own until the operator puts one in its place."""

import contextlib
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config

from velaurum.errors import OperationError, UsageError

VALIDITY = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
# The name by which a later start knows that it may replace the certificate.
OUR_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Velaurum self-signed certificate")])
SIGNS_ONLY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)

_STRICT_TRANSPORT_SECURITY = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


@dataclass(frozen=True, slots=True)
class TlsPair:
    """Where the key and the certificate of this server are."""

    key: Path
    certificate: Path


def ensure_pair(data_dir: Path, listen_host: str, *, now: datetime | None = None) -> TlsPair:
    """Return a pair that can serve: the operator's as it is, or ours, made or renewed as needed."""
    now = now or datetime.now(UTC)
    pair = TlsPair(data_dir / "tls" / "key.pem", data_dir / "tls" / "cert.pem")
    certificate, key = _read_certificate(pair.certificate), _read_key(pair.key)
    if certificate is not None and not _is_ours(certificate):
        _require_usable(pair, certificate, key, now)
        return pair
    if key is None:
        # The key lands first, and a readable key is never replaced: what a crash leaves is completed.
        key = ec.generate_private_key(ec.SECP256R1())
        _write(pair.key, _pem_of(key), 0o600)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise OperationError(f"{pair.key} has no certificate: put its certificate at {pair.certificate}.")
    names = _names(listen_host)
    if certificate is None or not _still_serves(certificate, key, names, now):
        _write(pair.certificate, _issue(key, names, now).public_bytes(serialization.Encoding.PEM), 0o644)
    if pair.key.stat().st_mode & 0o077:
        pair.key.chmod(0o600)
    return pair


def ssl_context_factory(pair: TlsPair) -> Callable[[Config, Callable[[], ssl.SSLContext]], ssl.SSLContext]:
    """Return what uvicorn takes as `ssl_context_factory`."""

    def factory(_config: Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    return factory


class StrictTransportSecurity:
    """Tell browsers to stay with https; said over plain HTTP it would mean nothing (RFC 6797, 7.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["scheme"] != "https":
            await self.app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), _STRICT_TRANSPORT_SECURITY]
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, send_with_header)


def _read_certificate(path: Path) -> x509.Certificate | None:
    pem = _read(path)
    if pem is None:
        return None
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise OperationError(
            f"{path} is not a PEM certificate: replace it, or remove it to get one."
        ) from None


def _read_key(path: Path) -> PrivateKeyTypes | None:
    pem = _read(path)
    if pem is None:
        return None
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise OperationError(
            f"{path} is locked with a password: replace it by the key without one."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise OperationError(f"{path} is not a PEM key: replace it, or remove it to get one.") from None


def _read(path: Path) -> bytes | None:
    """Return the file, or None when it is absent or was cut off while it was written."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise OperationError(f"{path} is a link to nothing: restore its target, or remove it.") from None
        return None
    except OSError as error:
        raise OperationError(f"{path} cannot be read ({error.strerror}): mend its permissions.") from error
    cut_off = b"-----BEGIN" in pem and b"-----END" not in pem
    return None if cut_off or not pem.strip(b"\0\r\n\t ") else pem


def _is_ours(certificate: x509.Certificate) -> bool:
    if certificate.subject != OUR_NAME:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _require_usable(
    pair: TlsPair, certificate: x509.Certificate, key: PrivateKeyTypes | None, now: datetime
) -> None:
    if key is None:
        raise OperationError(f"{pair.certificate} has no key: put its key at {pair.key}.")
    if key.public_key() != certificate.public_key():
        raise OperationError(
            f"{pair.key} is not the key of {pair.certificate}: put the two that belong together."
        )
    if certificate.not_valid_after_utc <= now:
        expired = certificate.not_valid_after_utc.date()
        raise OperationError(
            f"{pair.certificate} expired on {expired} and is not ours to renew: replace it and its key,"
            " or remove both to get a self-signed pair."
        )


def _still_serves(
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    names: list[x509.GeneralName],
    now: datetime,
) -> bool:
    said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        certificate.public_key() == key.public_key()
        and set(names) <= set(said)
        and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEWED_BEFORE
    )


def _names(listen_host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(loopback)) for loopback in ("127.0.0.1", "::1")]
    try:
        address = ipaddress.ip_address(listen_host.partition("%")[0])
    except ValueError:
        try:
            own: x509.GeneralName = x509.DNSName(listen_host.lower())
        except ValueError:
            raise UsageError(f"listen names the host {listen_host!r}; write it in ASCII.") from None
    else:
        own = x509.IPAddress(address)
        if address.is_unspecified:
            return names
    return names if own in names else [*names, own]


def _issue(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName], now: datetime) -> x509.Certificate:
    start = now.replace(microsecond=0)
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(OUR_NAME)
        .issuer_name(OUR_NAME)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + VALIDITY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # Not an authority: whoever trusts this file trusts this server and nothing that its key could sign.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(SIGNS_ONLY, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
