"""The keyring of a process: the providers that the settings name, and a door of its own to the database."""

from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.db.tallies import StatementCounts
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import KeyProvider

CONNECTIONS = 2


def opened(settings: Settings, conninfo: str, *, counts: StatementCounts | None = None) -> Keyring:
    """Return a keyring for the application's database. Nothing is connected, read or made yet; close() it."""
    return Keyring(Database(conninfo, max_connections=CONNECTIONS, counts=counts), providers(settings))


def providers(settings: Settings) -> list[KeyProvider]:
    """Return every provider that can be reached from here."""
    return [LocalKeystore(settings.data_dir)]
