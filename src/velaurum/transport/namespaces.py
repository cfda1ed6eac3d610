"""Where a bus is and as whom it is entered: by an identity, never with a key (V-06)."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import TokenCredential
from azure.servicebus import ServiceBusClient

from velaurum import azure_identities
from velaurum.config import Settings
from velaurum.errors import UsageError

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", re.IGNORECASE)
_QUEUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,258}[A-Za-z0-9])?")
_HOLDS_A_KEY = re.compile(r"sharedaccess|[;=]|sig=|://[^/]*@", re.IGNORECASE)
_ENDPOINT = re.compile(r"Endpoint=sb://([^;/:]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Namespace:
    """One queue of one namespace. `is_plain` is a stand-in on this machine, without TLS."""

    host: str
    queue: str
    credential: TokenCredential | None
    is_plain: bool = False
    connection_string: str | None = None

    def client(self, **options: Any) -> ServiceBusClient:
        """Return a client that connects with its first use."""
        if self.connection_string is not None:
            return ServiceBusClient.from_connection_string(self.connection_string, **options)
        if self.credential is None:
            raise AssertionError("without a connection string there is a credential")
        return ServiceBusClient(self.host, self.credential, use_tls=not self.is_plain, **options)

    def __repr__(self) -> str:
        return f"Namespace({self.host!r}, {self.queue!r})"


def of(settings: Settings) -> Namespace:
    """Return what the settings name. UsageError for a key, whoever wrote it, but for a stand-in on this machine."""
    given, queue = settings.servicebus_namespace or "", settings.servicebus_queue
    if not _QUEUE.fullmatch(queue):
        raise UsageError(
            "servicebus_queue is not the name of a queue; write it as the bus has it, like events."
        )
    if _HOLDS_A_KEY.search(given):
        return _with_a_key(given, queue, is_development=settings.servicebus_development)
    if not _HOST.fullmatch(given):
        raise UsageError(
            "servicebus_namespace is not a host name; write the namespace's, like stock.servicebus.windows.net."
        )
    host, is_plain = given.lower(), settings.servicebus_development
    if is_plain and not _is_here(host):
        raise UsageError(
            "servicebus_development is for a stand-in on this machine; leave it away for any other namespace."
        )
    return Namespace(
        host,
        queue,
        azure_identities.credential("servicebus_identity", settings.servicebus_identity),
        is_plain,
    )


def _with_a_key(given: str, queue: str, *, is_development: bool) -> Namespace:
    endpoint = _ENDPOINT.search(given)
    host = endpoint[1].lower() if endpoint is not None else ""
    if not is_development or not _is_here(host):
        raise UsageError(
            "servicebus_namespace holds a key or a connection string, which is refused: write the namespace's host "
            "name alone, and give this program's identity the roles of a sender and a receiver."
        )
    return Namespace(host, queue, None, is_plain=True, connection_string=given)


def _is_here(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
