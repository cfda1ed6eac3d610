"""As whom this program enters Azure: an identity, never a key, and no secret of the environment (V-10)."""

from typing import Any

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from velaurum.errors import UsageError

MANAGED, DEFAULT = "managed", "default"


def credential(setting: str, identity: str, **options: Any) -> TokenCredential:
    """Return the identity that a setting names: of the host, one of several of it, or the first that is found.

    `options` are those of its library. UsageError for anything else.
    """
    kind, _, client_id = identity.partition(":")
    if kind == MANAGED:
        return ManagedIdentityCredential(client_id=client_id or None, **options)
    if identity == DEFAULT:
        # A secret in the environment is no identity.
        return DefaultAzureCredential(exclude_environment_credential=True, **options)
    raise UsageError(f"{setting} is {identity!r}; write {MANAGED}, {MANAGED}:CLIENT-ID or {DEFAULT}.")
