"""Wrapping keys in Azure Key Vault or a Managed HSM: entered by an identity, and every wrap and unwrap is the vault's.

The SDK's own client for cryptography would wrap on this side: with an RSA key by its public half, and with an AES key,
whose bytes no vault gives away, by bytes that it makes up. So its pipeline is asked, and that client is not used.
"""

import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.keyvault.keys import KeyClient, KeyVaultKey

from velaurum import azure_identities
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys.providers import SECRET_BYTES, KeyRefusedError, KeyUnavailableError, WrappingKey
from velaurum.outbound.networks import is_loopback

TIMEOUT_S = 5
# One more try of a connection that was hung up; what the vault itself says is said to whoever asked.
RETRIES = 1
OCT, RSA_HSM, RSA = "oct-HSM", "RSA-HSM", "RSA"
_SIZES = {OCT: 256, RSA_HSM: 3072, RSA: 3072}
# How it was wrapped stands before what was wrapped: unwrapping asks for nothing else.
_MARKS = {OCT: b"\x01", RSA_HSM: b"\x02", RSA: b"\x02"}
_ALGORITHMS = {b"\x01": "A256KW", b"\x02": "RSA-OAEP-256"}
_MANAGED_HSM = ".managedhsm."
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", re.IGNORECASE)
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}", re.ASCII)
_VERSION = re.compile(r"[0-9A-Za-z]{1,127}", re.ASCII)
_LONGEST_REST_S = 300
_OK, _BAD, _THROTTLED, _GONE = 200, 400, 429, 404
_SAID = {
    401: "does not let this program in",
    403: "does not let this key be used: a role is missing, the network is not let, or the key is disabled",
    404: "does not have the key, or deleted it",
    409: "has the name as one that was deleted and can still be recovered",
    429: "is asked too often",
}

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """Where keys are, as whom it is entered, and of what kind a key is made there."""

    host: str
    credential: TokenCredential
    key_type: str
    is_stand_in: bool = False
    timeout_s: float = TIMEOUT_S

    def client(self) -> KeyClient:
        """Return a client that connects with its first use."""
        return KeyClient(
            f"https://{self.host}",
            self.credential,
            # The resource that a vault asks a token for is of the vault's own domain; a stand-in has none.
            verify_challenge_resource=not self.is_stand_in,
            retry_total=RETRIES,
            retry_status=0,
            retry_backoff_factor=0.1,
            permit_redirects=False,
            connection_timeout=self.timeout_s,
            read_timeout=self.timeout_s,
        )


def of(settings: Settings) -> Vault:
    """Return the vault that the settings name. UsageError for what is none, and for a stand-in elsewhere."""
    host = (settings.azure_vault or "").lower()
    if not _HOST.fullmatch(host):
        raise UsageError("azure_vault is not a host name; write the vault's, like stock.vault.azure.net.")
    if settings.azure_vault_development and not is_loopback(host.partition(":")[0]):
        raise UsageError(
            "azure_vault_development is for a stand-in on this machine; leave it away for any other vault."
        )
    key_type = settings.azure_vault_keys or (OCT if _MANAGED_HSM in host else RSA_HSM)
    if key_type not in _SIZES:
        raise UsageError(f"azure_vault_keys is {key_type!r}; write {OCT}, {RSA_HSM} or {RSA}.")
    credential = azure_identities.credential(
        "azure_vault_identity",
        settings.azure_vault_identity,
        retry_total=RETRIES,
        connection_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
    )
    return Vault(host, credential, key_type, settings.azure_vault_development)


class AzureVaults:
    """The keys of one vault. A key's name and version are the vault's."""

    kind: ClassVar[str] = "azure-kv"

    def __init__(self, vault: Vault) -> None:
        """Connect with the first use."""
        self._vault = vault
        self._client = vault.client()
        # What kind a version is of never changes.
        self._marks: dict[WrappingKey, bytes] = {}
        self._rests_until = 0.0

    def create(self, name: str) -> WrappingKey:
        """Have the vault make a key, or the next version of one, that wraps and unwraps and does nothing else."""
        key_type = self._vault.key_type
        made = self._ask(
            lambda: self._client.create_key(
                _named(name), key_type, size=_SIZES[key_type], key_operations=["wrapKey", "unwrapKey"]
            )
        )
        return self._known(name, made)

    def newest(self, name: str) -> WrappingKey:
        """Return the version that the vault has as current, whoever made it. KeyUnavailableError for a disabled one."""
        found = self._ask(lambda: self._client.get_key(_named(name)))
        if found.properties.enabled is False:
            raise KeyUnavailableError(f"the newest version of the key {name} is disabled")
        return self._known(name, found)

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Return the secret and the hash of `bound`, wrapped together by the vault."""
        mark = self._marks.get(key)
        if mark is None:
            found = self._ask(lambda: self._client.get_key(_named(key.name), _numbered(key.version)))
            self._known(key.name, found)
            mark = self._marks[key]
        return mark + self._operate(key, "wrapkey", mark, secret + sha256(bound).digest())

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return the secret. KeyRefusedError for other bytes, another key, or what belongs elsewhere."""
        mark = wrapped[:1]
        if mark not in _ALGORITHMS:
            raise KeyRefusedError("it was not wrapped here")
        opened = self._operate(key, "unwrapkey", mark, wrapped[1:])
        secret, digest = opened[:SECRET_BYTES], opened[SECRET_BYTES:]
        if len(secret) != SECRET_BYTES or not hmac.compare_digest(digest, sha256(bound).digest()):
            raise KeyRefusedError("it was wrapped for something else")
        return secret

    def destroy(self, key: WrappingKey) -> None:
        """Disable a version, and delete the key when none is left; a vault destroys no single version.

        Whoever may recover or enable it can undo both, until the vault has purged the key.
        """
        name, version = _named(key.name), _numbered(key.version)
        with suppress(_MissingError):
            self._ask(lambda: self._client.update_key_properties(name, version, enabled=False))
            left = self._ask(lambda: list(self._client.list_properties_of_key_versions(name)))
            if not any(one.enabled for one in left):
                self._ask(lambda: self._client.begin_delete_key(name))

    def _known(self, name: str, found: KeyVaultKey) -> WrappingKey:
        key = WrappingKey(self.kind, name, found.properties.version or "")
        kind = str(getattr(found.key_type, "value", found.key_type))
        if kind not in _MARKS:
            raise KeyUnavailableError(f"the key {name} is of the kind {kind}, which does not wrap")
        self._marks[key] = _MARKS[kind]
        return key

    def _operate(self, key: WrappingKey, verb: str, mark: bytes, value: bytes) -> bytes:
        request = HttpRequest(
            "POST",
            f"/keys/{_named(key.name)}/{_numbered(key.version)}/{verb}",
            json={"alg": _ALGORITHMS[mark], "value": urlsafe_b64encode(value).decode().rstrip("=")},
        )
        answer = self._ask(lambda: self._client.send_request(request))
        if answer.status_code == _BAD and verb == "unwrapkey":
            raise KeyRefusedError("it was wrapped by another key, or is not whole")
        if answer.status_code != _OK:
            raise self._problem(answer.status_code, answer.headers.get("Retry-After"))
        try:
            said: dict[str, Any] = answer.json()
            of_key = str(said["kid"]).split("/")[-2:] == [key.name, key.version]
            result = urlsafe_b64decode(said["value"] + "===")
        except (ValueError, KeyError, TypeError, Base64Error):
            raise KeyUnavailableError(f"{self._vault.host} answers what nobody understands") from None
        if not of_key:
            raise KeyUnavailableError(f"{self._vault.host} answers for another key")
        return result

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask the vault. What it says itself may hold more than a log should, and is not repeated."""
        if time.monotonic() < self._rests_until:
            raise KeyUnavailableError(f"{self._vault.host} asked to be left alone for a while")
        try:
            return question()
        except ResourceNotFoundError:
            raise _MissingError(f"{self._vault.host} {_SAID[_GONE]}") from None
        except HttpResponseError as error:
            headers = getattr(error.response, "headers", None) or {}
            raise self._problem(error.status_code, headers.get("Retry-After")) from None
        except (AzureError, ValueError, OSError) as error:
            raise KeyUnavailableError(
                f"{self._vault.host} could not be reached ({type(error).__name__})"
            ) from None

    def _problem(self, status: int | None, retry_after: str | None) -> KeyUnavailableError:
        if status == _THROTTLED:
            asked = int(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else 1
            self._rests_until = time.monotonic() + min(asked, _LONGEST_REST_S)
        said = _SAID.get(status or 0, f"answers {status}" if status else _SAID[401])
        return KeyUnavailableError(f"{self._vault.host} {said}")


class _MissingError(KeyUnavailableError):
    """The vault has no such key, or no such version."""


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise KeyUnavailableError("a vault's keys are named by letters, digits and hyphens")
    return name


def _numbered(version: str) -> str:
    # An empty one would be the newest, whichever that is.
    if not _VERSION.fullmatch(version):
        raise KeyUnavailableError("a vault's versions are letters and digits")
    return version
