"""The keyring of a process: the providers that the settings name, and a door of its own to the database."""

from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.db.tallies import StatementCounts
from velaurum.errors import UsageError
from velaurum.keys import configured
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import KeyProvider
from velaurum.keys.shares import Shares

CONNECTIONS = 2


def opened(settings: Settings, conninfo: str, *, counts: StatementCounts | None = None) -> Keyring:
    """Return a keyring for the application's database. Nothing is connected, read or made yet; close() it."""
    found, default = providers(settings), settings.key_provider
    if default not in (one.kind for one in found):
        raise UsageError(
            f"key_provider is {default!r}, which no other setting says anything of; write local, or set up another one."
        )
    database = Database(conninfo, max_connections=CONNECTIONS, counts=counts)
    return Keyring(database, found, Shares(settings.data_dir), default=default)


def providers(settings: Settings) -> list[KeyProvider]:
    """Return every provider that can be reached from here. UsageError for settings that cannot be meant."""
    return [LocalKeystore(settings.data_dir), *configured.providers(settings)]
