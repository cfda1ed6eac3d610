"""The site: what browsers call this installation, and how long those who signed in to it are let be."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from velaurum import texts
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.identity.sessions import Limits

LONGEST_SESSION = timedelta(days=1)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Site:
    """`origin` as browsers send it: scheme, host and port, without a path."""

    origin: str
    limits: Limits = Limits()  # noqa: RUF009 - a frozen value

    @property
    def host(self) -> str:
        """Return the host without its port, which is what a passkey is bound to."""
        return urlsplit(self.origin).hostname or ""


def site(settings: Settings, port: int) -> Site:
    """Return the site of the settings, on localhost unless they name another; UsageError for what cannot be meant."""
    scheme = "http" if settings.insecure_http else "https"
    url = settings.public_url or f"{scheme}://localhost:{port}"
    idle = _duration("session_idle", settings.session_idle)
    life = _duration("session_life", settings.session_life)
    return Site(_origin(url), Limits(min(idle, life), life))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if not is_safe or not parts.hostname or has_more or not url.isascii():
        raise UsageError(f"public_url is {url!r}; write it like https://stock.example.com, without a path.")
    default_port = 443 if parts.scheme == "https" else 80
    port = "" if parts.port in (None, default_port) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _duration(setting: str, text: str) -> timedelta:
    duration = texts.duration(text)
    if duration is None or not timedelta(0) < duration <= LONGEST_SESSION:
        raise UsageError(f"{setting} is {text!r}; write a number and its unit, like 30m or 12h, at most 24h.")
    return duration
