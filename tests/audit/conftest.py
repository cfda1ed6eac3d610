"""An organisation in a migrated database, whose records change by the service's own verbs and past them."""

from collections.abc import Iterator

import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from velaurum.db.connection import Database


@pytest.fixture(scope="module")
def door(module_conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(module_conninfo(APP), max_connections=4)
    yield door
    door.close()


@pytest.fixture
def office(door: Database, module_as_role: Connect) -> Office:
    return open_office(door, module_as_role(SUPERUSER))
