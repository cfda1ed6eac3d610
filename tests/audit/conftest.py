"""An organisation whose records change, and one signed log, copied for whoever attacks it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from support.sealed import Sealed, seal
from velaurum.db import embedded
from velaurum.db.connection import Database


@pytest.fixture(scope="session")
def original(
    cluster: embedded.Cluster,
    clone: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Sealed]]:
    """Post and sign one log; nobody attacks it, and nobody stays connected."""
    with clone() as name:
        yield (
            name,
            seal(lambda role: cluster.conninfo(user=role, dbname=name), tmp_path_factory.mktemp("sealed")),
        )


@pytest.fixture
def sealed(
    cluster: embedded.Cluster,
    clone_of: Callable[[str], AbstractContextManager[str]],
    original: tuple[str, Sealed],
    tmp_path: Path,
) -> Iterator[Sealed]:
    """Copy the signed log, with its key and its statements, for one attack."""
    name, of_original = original
    with ExitStack() as stack:
        copy = stack.enter_context(clone_of(name))
        shutil.copytree(of_original.data_dir, tmp_path / "data")
        yield replace(
            of_original,
            conninfo=lambda role: cluster.conninfo(user=role, dbname=copy),
            data_dir=tmp_path / "data",
        )


@pytest.fixture(scope="module")
def door(module_conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(module_conninfo(APP), max_connections=4)
    yield door
    door.close()


@pytest.fixture
def office(door: Database, module_as_role: Connect) -> Office:
    return open_office(door, module_as_role(SUPERUSER))
