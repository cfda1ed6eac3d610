"""A time-stamp authority of our own (RFC 3161) on 127.0.0.1, with a root, a certificate and a key: honest, or not.

What it answers is put together with pyasn1's modules and signed with `cryptography`; the product reads it with another
library.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyasn1.codec.der import decoder, encoder
from pyasn1.type import univ, useful
from pyasn1_modules import rfc3161, rfc5035, rfc5280, rfc5652

from support.ports import HOST, fresh_port

Fault = Literal[
    "none",
    "other data",
    "other nonce",
    "rejects",
    "unsorted certificates",
    "hangs",
    "not for time stamps",
    "for more than time stamps",
    "nonsense",
]
HANGS_S = 30.0
_SHA256 = "2.16.840.1.101.3.4.2.1"
_ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_POLICY = "1.2.3.4.1"


@dataclass(slots=True)
class Authority:
    """Stamps what it is asked about. `offset` is how wrong its clock is, `accuracy` what it says of that, if anything.

    `asked` counts the questions.
    """

    fault: Fault = "none"
    offset: timedelta = timedelta(0)
    accuracy: timedelta | None = None
    asked: int = 0
    url: str = ""
    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    root: x509.Certificate = field(init=False)
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root = _certificate("Test root of time", self.root_key, "Test root of time", self.root_key, ())
        usages = {
            "not for time stamps": (ExtendedKeyUsageOID.CODE_SIGNING,),
            "for more than time stamps": (
                ExtendedKeyUsageOID.TIME_STAMPING,
                ExtendedKeyUsageOID.CODE_SIGNING,
            ),
        }.get(self.fault, (ExtendedKeyUsageOID.TIME_STAMPING,))
        self.certificate = _certificate(
            "Test authority", self.key, "Test root of time", self.root_key, usages
        )

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, query: bytes, at: datetime | None = None) -> bytes:
        """Return the reply to a question in DER, as of an instant."""
        self.asked += 1
        if self.fault == "nonsense":
            return b"<html>"
        asked, _ = decoder.decode(query, asn1Spec=rfc3161.TimeStampReq())
        reply = rfc3161.TimeStampResp()
        reply["status"]["status"] = 2 if self.fault == "rejects" else 0
        if self.fault != "rejects":
            token = reply["timeStampToken"]
            token["contentType"] = rfc5652.id_signedData
            now = at or datetime.now(UTC) + self.offset
            token["content"] = self._signed(_info(asked, now, self.fault, self.accuracy))
        return bytes(encoder.encode(reply))

    def stamp(self, data: bytes, at: datetime) -> bytes:
        """Return the reply about bytes, as of an instant, to a question without a nonce."""
        asked = rfc3161.TimeStampReq()
        asked["version"] = 1
        asked["messageImprint"]["hashAlgorithm"]["algorithm"] = univ.ObjectIdentifier(_SHA256)
        asked["messageImprint"]["hashedMessage"] = sha256(data).digest()
        return self.answer(bytes(encoder.encode(asked)), at)

    def _signed(self, info: bytes) -> bytes:
        signed = rfc5652.SignedData()
        signed["version"] = 3
        signed["digestAlgorithms"][0]["algorithm"] = univ.ObjectIdentifier(_SHA256)
        signed["encapContentInfo"]["eContentType"] = rfc3161.id_ct_TSTInfo
        signed["encapContentInfo"]["eContent"] = info
        ders = sorted(one.public_bytes(Encoding.DER) for one in (self.certificate, self.root))
        for n, der in enumerate(ders):
            chosen, _ = decoder.decode(der, asn1Spec=rfc5280.Certificate())
            signed["certificates"][n]["certificate"] = chosen
        signer = signed["signerInfos"][0]
        signer["version"] = 1
        said, _ = decoder.decode(self.certificate.public_bytes(Encoding.DER), asn1Spec=rfc5280.Certificate())
        signer["sid"]["issuerAndSerialNumber"]["issuer"] = said["tbsCertificate"]["issuer"]
        signer["sid"]["issuerAndSerialNumber"]["serialNumber"] = self.certificate.serial_number
        signer["digestAlgorithm"]["algorithm"] = univ.ObjectIdentifier(_SHA256)
        signer["signatureAlgorithm"]["algorithm"] = univ.ObjectIdentifier(_ECDSA_WITH_SHA256)
        for n, (kind, value) in enumerate(self._attributes(info)):
            signer["signedAttrs"][n]["attrType"] = univ.ObjectIdentifier(kind)
            signer["signedAttrs"][n]["attrValues"][0] = encoder.encode(value)
        attributes = rfc5652.SignedAttributes()
        attributes.extend(signer["signedAttrs"])
        signer["signature"] = self.key.sign(bytes(encoder.encode(attributes)), _ecdsa())
        encoded = bytes(encoder.encode(signed))
        return _swapped(encoded, *ders) if self.fault == "unsorted certificates" else encoded

    def _attributes(self, info: bytes) -> Iterator[tuple[str, Any]]:
        yield str(rfc5652.id_contentType), univ.ObjectIdentifier(rfc3161.id_ct_TSTInfo)
        yield str(rfc5652.id_messageDigest), univ.OctetString(sha256(info).digest())
        signing = rfc5035.SigningCertificateV2()
        signing["certs"][0]["certHash"] = sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        yield str(rfc5035.id_aa_signingCertificateV2), signing


def _info(asked: Any, at: datetime, fault: Fault, accuracy: timedelta | None) -> bytes:
    info = rfc3161.TSTInfo()
    info["version"] = 1
    info["policy"] = _POLICY
    info["messageImprint"] = asked["messageImprint"]
    if fault == "other data":
        info["messageImprint"]["hashedMessage"] = bytes(32)
    info["serialNumber"] = 7
    info["genTime"] = useful.GeneralizedTime(at.strftime("%Y%m%d%H%M%SZ"))
    if accuracy is not None:
        seconds, micros = divmod(accuracy // timedelta(microseconds=1), 1_000_000)
        parts = {"seconds": seconds, "millis": micros // 1_000, "micros": micros % 1_000}
        for name, part in parts.items():
            if part:
                info["accuracy"][name] = part
    if asked["nonce"].hasValue():
        info["nonce"] = int(asked["nonce"]) + (fault == "other nonce")
    return bytes(encoder.encode(info))


def _swapped(encoded: bytes, first: bytes, second: bytes) -> bytes:
    assert first + second in encoded
    return encoded.replace(first + second, second + first)


def _ecdsa() -> ec.ECDSA:
    return ec.ECDSA(SHA256())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    usages: tuple[x509.ObjectIdentifier, ...],
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=not usages, path_length=None), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
    return builder.sign(issuer_key, SHA256())


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve an authority for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if authority.fault == "hangs":
                done.wait(HANGS_S)
                return
            is_query = self.headers["Content-Type"] == "application/timestamp-query"
            reply = authority.answer(body) if is_query else b""
            self.send_response(200 if is_query else 415)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    done = threading.Event()
    with fresh_port() as port, ThreadingHTTPServer((HOST, port), Handler) as server:
        server.daemon_threads = True
        authority.url = f"http://{HOST}:{port}/tsr"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            done.set()
            server.shutdown()
            thread.join()
