"""Production: where secrets are references, and one that stands in a setting or the environment is refused (V-10)."""

import os
import re
from collections.abc import Mapping

from velaurum import secret_references
from velaurum.config import Settings
from velaurum.db import external
from velaurum.errors import UsageError
from velaurum.keys import modes, resolving

# What libraries take from the environment, past our settings.
_OF_LIBRARIES = (
    "PGPASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
)
_OF_FUNCTIONS = "VELAURUM_SECRET_"
# Whoever the variable is for: the promise is that there is none.
_CONNECTION_STRING = re.compile(
    r"(?:SharedAccessKey|SharedAccessSignature|AccountKey)\s*=|^postgres(?:ql)?://[^/?#@]*:[^/?#@]+@",
    re.IGNORECASE,
)


def problem(settings: Settings, environ: Mapping[str, str] = os.environ) -> str | None:
    """Say which secret stands where none may, and the mend; None where none does. It quotes none of them."""
    if not modes.is_on(settings):
        return None
    if settings.database_url is not None and external.holds_secret(settings.database_url):
        return (
            "database_url has a password in it, which is refused in production; take it out, and name where it is as "
            "database_password = file:/path or azure-kv:VAULT/NAME, or let a certificate be what the server asks for."
        )
    if settings.token is not None and not secret_references.is_reference(settings.token):
        return "token is a token itself, which is refused in production; write file:/path or azure-kv:VAULT/NAME."
    return _in_environment(environ)


def require(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Raise UsageError, one sentence with the mend, where a secret stands where none may."""
    if found := problem(settings, environ):
        raise UsageError(found)


def database_url(settings: Settings, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return how the database of the settings is reached, its password resolved; None for the embedded one.

    UsageError for what production refuses or what cannot be meant, OperationError where a secret cannot be had.
    """
    require(settings, environ)
    url, password = settings.database_url, settings.database_password
    if url is None:
        if password is not None:
            raise UsageError(
                "database_password belongs to a database_url, and there is none; say both or none."
            )
        return None
    if password is None:
        return external.secured(url)
    if external.holds_secret(url):
        raise UsageError(
            "database_url has a password and database_password names one; take it out of the URL."
        )
    secret = resolving.resolver(settings).secret("database_password", password, environ)
    return external.secured(external.with_password(url, secret))


def _in_environment(environ: Mapping[str, str]) -> str | None:
    for name, value in sorted(environ.items()):
        if name in _OF_LIBRARIES and value:
            return f"{name} is set, and a secret in the environment is refused in production; unset it."
        if name.startswith(_OF_FUNCTIONS) and value and not secret_references.is_reference(value):
            return f"{name} is a secret itself, which is refused in production; write file: or azure-kv: in its place."
        if _CONNECTION_STRING.search(value):
            return f"{name} is a connection string with a secret, which is refused in production; unset it."
    return None
