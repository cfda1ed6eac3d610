"""The mode of an installation: production when it says so, or when it or its database is beyond this machine (V-10)."""

import ipaddress

from velaurum.config import Settings
from velaurum.db import external
from velaurum.errors import UsageError

AUTO, PRODUCTION, DEVELOPMENT = "auto", "production", "development"


def is_on(settings: Settings) -> bool:
    """Tell whether this is production. UsageError for a mode that there is not."""
    if settings.mode not in (AUTO, PRODUCTION, DEVELOPMENT):
        raise UsageError(f"mode is {settings.mode!r}; write {AUTO}, {PRODUCTION} or {DEVELOPMENT}.")
    if settings.mode != AUTO:
        return settings.mode == PRODUCTION
    host, _ = settings.host_and_port
    url = settings.database_url
    return not _is_loopback(host) or (url is not None and not external.is_here(url))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
