"""As whom this program enters Azure: an identity, never a key, and no secret of the environment (V-10)."""

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from velaurum.errors import UsageError

MANAGED, DEFAULT = "managed", "default"


def credential(setting: str, identity: str) -> TokenCredential:
    """Return the identity that a setting names: of the host, one of several of it, or the first that is found.

    UsageError for anything else.
    """
    kind, _, client_id = identity.partition(":")
    if kind == MANAGED:
        return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()
    if identity == DEFAULT:
        # A secret in the environment is no identity.
        return DefaultAzureCredential(exclude_environment_credential=True)
    raise UsageError(f"{setting} is {identity!r}; write {MANAGED}, {MANAGED}:CLIENT-ID or {DEFAULT}.")
