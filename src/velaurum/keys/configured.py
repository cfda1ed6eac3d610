"""The providers beside the local one that the settings name; each needs its extra only where it is named."""

from typing import TYPE_CHECKING

from velaurum import secret_references
from velaurum.config import Settings
from velaurum.errors import OperationError, UsageError
from velaurum.keys import modes
from velaurum.keys.providers import KeyProvider, KeyUnavailableError
from velaurum.secret_references import Resolver

if TYPE_CHECKING:
    from velaurum.keys.pkcs11_tokens import Pkcs11Tokens


def providers(settings: Settings) -> list[KeyProvider]:
    """Return them, none of them connected. UsageError for what cannot be meant, and for an extra that is missing."""
    return [
        *([token(settings)] if settings.pkcs11_module else []),
        *([_vaults(settings)] if settings.azure_vault else []),
        *([_held(settings)] if settings.held_keys else []),
    ]


def token(settings: Settings) -> "Pkcs11Tokens":
    """Return the token that the settings name, not connected. UsageError for what cannot be meant."""
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
    if not pin or not secret_references.is_reference(pin) or pin.startswith("pkcs11:"):
        raise UsageError(
            "pkcs11_pin is where the PIN is, not the PIN, and in no token; write file:/path or azure-kv:VAULT/NAME."
        )
    known = Resolver(settings.data_dir, settings.azure_vault_identity, modes.is_on(settings))
    if known.is_production and pin.startswith("env:"):
        raise UsageError(
            "pkcs11_pin is in an environment variable, which is refused in production; use file:."
        )
    return Pkcs11Tokens(module, label, lambda: _pin(known, pin))


def _vaults(settings: Settings) -> KeyProvider:
    try:
        from velaurum.keys import azure_vaults  # noqa: PLC0415 - the same
    except ImportError as error:
        raise UsageError(
            "azure_vault is set, whose library is not installed; install velaurum[azure]."
        ) from error
    return azure_vaults.AzureVaults(azure_vaults.of(settings))


def _held(settings: Settings) -> KeyProvider:
    from velaurum.keys import held_keys  # noqa: PLC0415 - it speaks HTTP, which light commands do not load

    return held_keys.of(settings)


def _pin(known: Resolver, reference: str) -> str:
    """Read the PIN anew, as it may have been changed."""
    try:
        return known.secret("pkcs11_pin", reference)
    except (OperationError, UsageError) as error:
        raise KeyUnavailableError(str(error).removesuffix(".")) from None
