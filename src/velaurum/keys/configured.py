"""The providers beside the local one that the settings name; each needs its extra only where it is named."""

from pathlib import Path

from velaurum import secret_files
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys import held_keys
from velaurum.keys.providers import KeyProvider, KeyUnavailableError

FILE = "file:"


def providers(settings: Settings) -> list[KeyProvider]:
    """Return them, none of them connected. UsageError for what cannot be meant, and for an extra that is missing."""
    return [
        *([_tokens(settings)] if settings.pkcs11_module else []),
        *([_vaults(settings)] if settings.azure_vault else []),
        *([held_keys.of(settings)] if settings.held_keys else []),
    ]


def _tokens(settings: Settings) -> KeyProvider:
    try:
        from velaurum.keys.pkcs11_tokens import Pkcs11Tokens  # noqa: PLC0415 - only where the extra is installed
    except ImportError as error:
        raise UsageError(
            "pkcs11_module is set, whose library is not installed; install velaurum[pkcs11]."
        ) from error
    module, label, pin = settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_pin
    if module is None or not module.is_file():
        raise UsageError(f"pkcs11_module: there is no file {module}; write the path of the token's library.")
    if not label:
        raise UsageError("pkcs11_token is not set; write the label of the token.")
    if not pin or not pin.startswith(FILE):
        raise UsageError("pkcs11_pin is where the PIN is, not the PIN; write file: and the path of its file.")
    path = Path(pin.removeprefix(FILE))
    return Pkcs11Tokens(module, label, lambda: _pin(path))


def _vaults(settings: Settings) -> KeyProvider:
    try:
        from velaurum.keys import azure_vaults  # noqa: PLC0415 - the same
    except ImportError as error:
        raise UsageError(
            "azure_vault is set, whose library is not installed; install velaurum[azure]."
        ) from error
    return azure_vaults.AzureVaults(azure_vaults.of(settings))


def _pin(path: Path) -> str:
    """Read the PIN anew, as it may have been changed; it is nobody's but this user's to read."""
    try:
        if not secret_files.is_private(path):
            raise KeyUnavailableError(f"{path} can be read by others: let nobody but this user read it")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnavailableError(f"the PIN in {path} cannot be read ({type(error).__name__})") from None
