"""Where outgoing requests may go: to public addresses, and to those that the operator named."""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

from velaurum.errors import UsageError

Network = IPv4Network | IPv6Network
LONGEST_URL = 255
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_URL = re.compile(r"[!-~]+", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*", re.ASCII)
# Beyond what the standard library knows as not global: the platform's own address at Azure, ways to write an IPv4
# address in IPv6, documentation, relays, and segment routing.
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("168.63.129.16/32", "192.88.99.0/24", "::/96", "64:ff9b::/96", "64:ff9b:1::/48"),
        *("2001::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)


@dataclass(frozen=True, slots=True)
class Networks:
    """What the operator lets requests reach beside public addresses; loopback only where the server itself is there."""

    named: tuple[Network, ...] = ()
    allows_loopback: bool = False

    def let(self, text: str) -> bool:
        """Tell whether a request may go to this address."""
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.named):
            return True
        return (self.allows_loopback and address.is_loopback) or _is_public(address)

    def problem(self, url: str) -> str | None:
        """Say why `url` cannot be asked, as far as its text tells: https, or http on loopback where that is let."""
        if not _URL.fullmatch(url) or len(url) > LONGEST_URL:
            return f"This is a URL of at most {LONGEST_URL} visible ASCII characters."
        parts = _split(url)
        if parts is None or not _HOST.fullmatch(_host(parts)) or "@" in parts.netloc or "#" in url:
            return "This is a URL with a host name in lower case, without a user and without a fragment."
        is_here = self.allows_loopback and is_loopback(parts.hostname)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            return "This URL begins with https://."
        return None


def is_loopback(host: str | None) -> bool:
    """Tell whether a host, as a URL has it, is this machine by its very name."""
    return host in _LOOPBACK


def networks(text: str | None, *, allows_loopback: bool, setting: str = "provider_networks") -> Networks:
    """Read addresses and networks with commas between them; UsageError, with the setting, for what is neither."""
    try:
        named = tuple(ipaddress.ip_network(one.strip()) for one in (text or "").split(",") if one.strip())
    except ValueError as error:
        raise UsageError(f"{setting}: {error}; write addresses and networks, like 10.1.0.0/16.") from error
    return Networks(named, allows_loopback)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_whole = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts if is_whole else None


def _host(parts: SplitResult) -> str:
    """Return the host as it is written; the library would put it into lower case."""
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    return host.removeprefix("[").removesuffix("]")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    is_refused = address.is_multicast or any(
        address in network for network in _REFUSED if network.version == address.version
    )
    return address.is_global and not is_refused
