"""A customer's endpoint that holds a key: wraps and unwraps for whoever shows its certificate, until it does not."""

import base64
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.certificates import Authority, Pair
from support.ports import HOST
from support.tls_servers import Answer, Asked, serving

CLIENT = "ledger"
Fault = Callable[[Asked], Answer | None]


@dataclass(slots=True)
class KeyHolder:
    """Holds versions of one key. `asked` has what was asked, by whom; a `fault` answers in its place."""

    name: str
    port: int = 0
    versions: dict[str, bytes] = field(default_factory=lambda: {"2026-1": os.urandom(32)})
    is_revoked: bool = False
    asked: list[Asked] = field(default_factory=list)
    fault: Fault = lambda _: None

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/keys"

    def rotate(self) -> str:
        version = f"2026-{len(self.versions) + 1}"
        self.versions[version] = os.urandom(32)
        return version

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if (fault := self.fault(asked)) is not None:
            return fault
        if self.is_revoked or asked.client != CLIENT:
            return Answer(403, {})
        version = asked.body.get("version", list(self.versions)[-1])
        if asked.body["key"] != self.name or version not in self.versions:
            return Answer(404, {})
        cipher, bound = AESGCM(self.versions[version]), base64.b64decode(asked.body["bound"])
        if asked.path == "/keys/wrap":
            nonce = os.urandom(12)
            wrapped = nonce + cipher.encrypt(nonce, base64.b64decode(asked.body["secret"]), bound)
            return Answer(200, {"version": version, "wrapped": base64.b64encode(wrapped).decode()})
        wrapped = base64.b64decode(asked.body["wrapped"])
        try:
            opened = cipher.decrypt(wrapped[:12], wrapped[12:], bound)
        except (InvalidTag, ValueError):
            return Answer(422, {})
        return Answer(200, {"secret": base64.b64encode(opened).decode()})

    def told(self, folder: Path, shown: Pair, authority: Path | None) -> Path:
        """Write the operator's file that names this holder, and return its path."""
        file = folder / "held-keys.toml"
        lines = [f'["{self.name}"]', f'url = "{self.url}"', f'certificate = "{shown.certificate}"']
        lines += [f'private_key = "{shown.key}"', *([f'authority = "{authority}"'] if authority else [])]
        file.write_text("\n".join(lines) + "\n")
        return file


@contextmanager
def running(
    holder: KeyHolder, authority: Authority, *, newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> Iterator[KeyHolder]:
    """Serve a holder on this machine, which asks its clients for a certificate of the authority."""
    tls = authority.serving("holder", asks_clients=True)
    tls.maximum_version = newest
    with serving(tls, holder.answer) as port:
        holder.port = port
        yield holder
