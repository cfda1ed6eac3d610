"""Which transport the settings mean, opened; the one of Azure needs the extra `azure`."""

from velaurum.config import Settings
from velaurum.db.tallies import StatementCounts
from velaurum.errors import UsageError
from velaurum.transport.port import Transport
from velaurum.transport.postgresql import PostgreSQLTransport

POSTGRESQL, SERVICEBUS = "postgresql", "servicebus"


def opened(settings: Settings, conninfo: str, *, counts: StatementCounts | None = None) -> Transport:
    """Return the transport of the settings, not yet connected; `conninfo` is the application's database.

    UsageError for what cannot be meant: another name, a key in the place of a host name, an extra that is missing.
    """
    if settings.transport == POSTGRESQL:
        return PostgreSQLTransport(conninfo, counts=counts)
    require_known(settings)
    from velaurum.transport import aside, namespaces  # noqa: PLC0415 - only where the extra is installed

    return aside.BusWithAside(namespaces.of(settings), conninfo, counts=counts)


def require_known(settings: Settings) -> None:
    """Raise UsageError unless the settings name a transport that can be opened here."""
    if settings.transport not in (POSTGRESQL, SERVICEBUS):
        raise UsageError(f"transport is {settings.transport!r}; write {POSTGRESQL} or {SERVICEBUS}.")
    if settings.transport == SERVICEBUS:
        try:
            from velaurum.transport import namespaces  # noqa: PLC0415 - the same
        except ImportError as error:
            raise UsageError(
                "transport is servicebus, whose library is not installed; install velaurum[azure]."
            ) from error
        namespaces.of(settings)


def described(settings: Settings) -> str:
    """Return which transport the settings name, for people."""
    if settings.transport == POSTGRESQL:
        return "this database"
    return f"the queue {settings.servicebus_queue} of {settings.servicebus_namespace}"
