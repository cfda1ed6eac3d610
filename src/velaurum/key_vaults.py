"""Secrets of Azure Key Vault, fetched by an identity; what the vault says of a failure is not repeated (V-10)."""

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.keyvault.secrets import SecretClient

from velaurum import azure_identities
from velaurum.errors import OperationError

ATTEMPT_S = 10
RETRIES = 2
_FORBIDDEN = 403


def secret(host: str, name: str, version: str | None, identity: str) -> str:
    """Return a secret of a vault: the newest version, unless one is named. OperationError when it cannot be had."""
    bounds = {"retry_total": RETRIES, "connection_timeout": ATTEMPT_S, "read_timeout": ATTEMPT_S}
    credential = azure_identities.credential("azure_vault_identity", identity, **bounds)
    client = SecretClient(f"https://{host}", credential, **bounds)
    try:
        with client:
            found = client.get_secret(name, version).value
    except ResourceNotFoundError:
        raise OperationError(f"The vault {host} has no secret {name}.") from None
    except ClientAuthenticationError as error:
        raise _not_let_in(host, error) from None
    except HttpResponseError as error:
        if error.status_code == _FORBIDDEN:
            raise _not_let_in(host, error) from None
        raise _not_reached(host, error) from None
    except (AzureError, ValueError) as error:
        raise _not_reached(host, error) from None
    if not found:
        raise OperationError(f"The secret {name} of the vault {host} is empty.")
    return found


def _not_let_in(host: str, error: Exception) -> OperationError:
    return OperationError(
        f"The vault {host} does not let this program in ({type(error).__name__}); give its identity the role Key Vault "
        "Secrets User."
    )


def _not_reached(host: str, error: Exception) -> OperationError:
    return OperationError(f"The vault {host} could not be asked ({type(error).__name__}).")
