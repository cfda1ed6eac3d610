"""What references to secrets mean with the settings of an installation (V-10)."""

from collections.abc import Callable

from velaurum.config import Settings
from velaurum.errors import OperationError
from velaurum.keys import configured, modes
from velaurum.keys.providers import KeyUnavailableError
from velaurum.secret_references import Resolver


def resolver(settings: Settings) -> Resolver:
    """Return what references mean with these settings."""
    return Resolver(
        settings.data_dir, settings.azure_vault_identity, modes.is_on(settings), of_token(settings)
    )


def of_token(settings: Settings) -> Callable[[str], bytes] | None:
    """Return what reads objects of the token that the settings name, which is None where they name none."""
    if settings.pkcs11_module is None:
        return None

    def read(label: str) -> bytes:
        try:
            return configured.token(settings).secret(label)
        except KeyUnavailableError as error:
            raise OperationError(f"{error}.") from error

    return read
