"""References: where a secret is, in the place of the secret. Configuration names it and never has it (V-10).

`file:` reads a file, `env:` a variable where this is no production, `azure-kv:` a secret of a vault by an identity,
`pkcs11:` an object of the token that the settings name.
"""

import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from velaurum import secret_files
from velaurum.errors import OperationError, UsageError

LARGEST = 4096
_FORM = re.compile(r"(file|env|azure-kv|pkcs11):(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}", re.ASCII)
_IN_VAULT = re.compile(
    r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?)/([A-Za-z0-9-]{1,127})(?:/([a-f0-9]{32}))?",
    re.ASCII | re.IGNORECASE,
)
_OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP


@dataclass(frozen=True, slots=True)
class Resolver:
    """What references mean here: files by name are below the data directory, vaults are entered as `identity`.

    `of_token` reads an object of a token by its label and raises OperationError; None where no setting names a token.
    """

    data_dir: Path
    identity: str = "managed"
    is_production: bool = False
    of_token: Callable[[str], bytes] | None = None

    def secret(self, setting: str, reference: str, environ: Mapping[str, str] = os.environ) -> str:
        """Return the secret that a setting refers to.

        UsageError for what is no reference or none that is let here, OperationError where there is no secret. Neither
        repeats what was written: it may be the secret itself.
        """
        form = _FORM.fullmatch(reference)
        if form is None:
            raise UsageError(
                f"{setting} is no reference to a secret; write where it is: file:/path, azure-kv:VAULT/NAME,"
                " pkcs11:LABEL, env:NAME."
            )
        scheme, place = form[1], form[2]
        if scheme == "file":
            return _sound(setting, _of_file(setting, self._path(setting, place)))
        if scheme == "env":
            return _sound(setting, self._of_environment(setting, place, environ))
        if scheme == "azure-kv":
            return _sound(setting, self._of_vault(setting, place))
        return _sound(setting, self._of_object(setting, place))

    def _path(self, setting: str, place: str) -> Path:
        if _NAME.fullmatch(place):
            return self.data_dir / secret_files.FOLDER / place
        if not Path(place).is_absolute():
            raise UsageError(
                f"{setting} names no file; write file:/path, or file:NAME for one in secrets of the data directory."
            )
        return Path(place)

    def _of_environment(self, setting: str, place: str, environ: Mapping[str, str]) -> str:
        if self.is_production:
            raise UsageError(
                f"{setting} is in an environment variable, which is refused in production; use file: or azure-kv:."
            )
        if not _VARIABLE.fullmatch(place):
            raise UsageError(f"{setting} names no environment variable; write env:NAME.")
        if place not in environ:
            raise OperationError(f"{setting} is in the environment variable {place}, which is not set.")
        return environ[place]

    def _of_vault(self, setting: str, place: str) -> str:
        named = _IN_VAULT.fullmatch(place)
        if named is None:
            raise UsageError(
                f"{setting} names no secret of a vault; write azure-kv:stock.vault.azure.net/NAME, or NAME/VERSION."
            )
        try:
            from velaurum import key_vaults  # noqa: PLC0415 - only where the extra is installed
        except ImportError as error:
            raise UsageError(
                f"{setting} is in a vault, whose library is not installed; install velaurum[azure]."
            ) from error
        return key_vaults.secret(named[1].lower(), named[2], named[3], self.identity)

    def _of_object(self, setting: str, place: str) -> str:
        if not _NAME.fullmatch(place):
            raise UsageError(f"{setting} names no object of a token; write pkcs11:LABEL.")
        if self.of_token is None:
            raise UsageError(
                f"{setting} is in a PKCS#11 token, and none is set up; say pkcs11_module, pkcs11_token and pkcs11_pin."
            )
        try:
            return self.of_token(place).decode()
        except UnicodeDecodeError:
            raise OperationError(f"{setting} is in pkcs11:{place}, which is no text.") from None
        except OperationError as error:
            raise OperationError(f"{setting} is in pkcs11:{place}, which cannot be read: {error}") from error


def is_reference(text: str) -> bool:
    """Tell whether a text is written as a reference, whatever it refers to."""
    return _FORM.fullmatch(text) is not None


def _of_file(setting: str, path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(LARGEST + 1) if stat.S_ISREG(status.st_mode) else b""
    except OSError as error:
        raise OperationError(f"{setting} is in {path}, which cannot be read ({error.strerror}).") from error
    if sys.platform != "win32" and status.st_mode & _OTHERS:
        raise OperationError(
            f"{setting} is in {path}, which others can read or write; run `chmod o-rw,g-w {path}`."
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise OperationError(f"{setting} is in {path}, which is no text.") from error


def _sound(setting: str, content: str) -> str:
    """Return a secret without the line's end that editors add. OperationError where there is none."""
    secret = content.rstrip("\r\n")
    if not secret or len(secret) > LARGEST or not secret.isprintable():
        raise OperationError(f"{setting} refers to what is no secret: it is empty, too long or not one line.")
    return secret
