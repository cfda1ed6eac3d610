"""A stand-in for Azure Key Vault, as it is documented: keys with versions, challenges, soft delete, refusals."""

import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from support.certificates import Authority
from support.ports import HOST
from support.tls_servers import Answer, Asked, serving

CHALLENGE = (
    'Bearer authorization="https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555",'
    ' resource="https://vault.azure.net"'
)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
WRAPS = {"oct-HSM": "A256KW", "RSA-HSM": "RSA-OAEP-256", "RSA": "RSA-OAEP-256"}
Fault = Callable[[Asked], Answer | None]


@dataclass(slots=True)
class Version:
    """One version of a key; `key` never leaves the vault."""

    version: str
    kind: str
    key: bytes | rsa.RSAPrivateKey
    operations: list[str]
    enabled: bool = True

    def wrap(self, value: bytes) -> bytes:
        if isinstance(self.key, bytes):
            return keywrap.aes_key_wrap(self.key, value)
        return self.key.public_key().encrypt(value, OAEP)

    def unwrap(self, value: bytes) -> bytes:
        if isinstance(self.key, bytes):
            return keywrap.aes_key_unwrap(self.key, value)
        return self.key.decrypt(value, OAEP)


@dataclass(slots=True)
class WrappingVault:
    """A vault. `asked` has what was asked and let in; a `fault` answers in its place, or returns None."""

    is_valid: Callable[[str], bool]
    port: int = 0
    keys: dict[str, list[Version]] = field(default_factory=dict)
    deleted: dict[str, list[Version]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    challenged: int = 0
    fault: Fault = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def answer(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.is_valid(token):
            self.challenged += 1
            return _error(401, "Unauthorized", {"WWW-Authenticate": CHALLENGE})
        parts = urlsplit(asked.path).path.strip("/").split("/")
        with self.lock:
            self.asked.append((asked.method, "/".join(parts[2:])))
        if (fault := self.fault(asked)) is not None:
            return fault
        with self.lock:
            return self._do(asked.method, parts, asked.body or {})

    def _do(self, method: str, parts: list[str], body: dict[str, Any]) -> Answer:
        name, rest = parts[1], parts[2:]
        if (method, rest) == ("POST", ["create"]):
            return self._create(name, body)
        if name not in self.keys:
            return _error(404, "KeyNotFound")
        if method == "DELETE":
            self.deleted[name] = self.keys.pop(name)
            gone = {"recoveryId": f"https://{self.host}/deletedkeys/{name}", "scheduledPurgeDate": 1999999999}
            return Answer(200, self._bundle(name, self.deleted[name][-1]) | gone)
        if (method, rest) == ("GET", ["versions"]):
            listed = [self._bundle(name, one) for one in self.keys[name]]
            return Answer(200, {"value": [{"kid": one["key"]["kid"], **one} for one in listed]})
        wanted = rest[0] if rest and rest[0] else self.keys[name][-1].version
        found = next((one for one in self.keys[name] if one.version == wanted), None)
        if found is None:
            return _error(404, "KeyNotFound")
        if method == "PATCH":
            found.enabled = body["attributes"]["enabled"]
        return (
            self._operate(name, found, rest[1], body) if rest[1:] else Answer(200, self._bundle(name, found))
        )

    def _create(self, name: str, body: dict[str, Any]) -> Answer:
        if name in self.deleted:
            return _error(409, "Conflict")
        kind = body["kty"]
        made = rsa.generate_private_key(65537, 2048) if kind.startswith("RSA") else secrets.token_bytes(32)
        version = Version(secrets.token_hex(16), kind, made, body["key_ops"])
        self.keys.setdefault(name, []).append(version)
        return Answer(200, self._bundle(name, version))

    def _operate(self, name: str, version: Version, verb: str, body: dict[str, Any]) -> Answer:
        if (
            not version.enabled
            or {"wrapkey": "wrapKey", "unwrapkey": "unwrapKey"}[verb] not in version.operations
        ):
            return _error(403, "Forbidden")
        if body["alg"] != WRAPS[version.kind]:
            return _error(400, "BadParameter")
        value = _bytes(body["value"])
        try:
            result = version.wrap(value) if verb == "wrapkey" else version.unwrap(value)
        except (ValueError, keywrap.InvalidUnwrap):
            return _error(400, "BadParameter")
        return Answer(200, {"kid": self._kid(name, version), "value": _text(result)})

    def _bundle(self, name: str, version: Version) -> dict[str, Any]:
        key = {"kid": self._kid(name, version), "kty": version.kind, "key_ops": version.operations}
        if isinstance(version.key, rsa.RSAPrivateKey):
            numbers = version.key.public_key().public_numbers()
            key |= {"n": _text(numbers.n.to_bytes(256)), "e": _text(numbers.e.to_bytes(3))}
        return {"key": key, "attributes": {"enabled": version.enabled, "recoveryLevel": "Recoverable"}}

    def _kid(self, name: str, version: Version) -> str:
        return f"https://{self.host}/keys/{name}/{version.version}"


@contextmanager
def running(vault: WrappingVault, authority: Authority) -> Iterator[WrappingVault]:
    """Serve a vault on this machine for the length of a block."""
    with serving(authority.serving("vault"), vault.answer) as port:
        vault.port = port
        yield vault


def answering(status: int, **headers: str) -> Fault:
    return lambda _: _error(
        status, "Said", {name.replace("_", "-"): value for name, value in headers.items()}
    )


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"code": code, "message": "what a vault says at length"}}, headers or {})


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")
