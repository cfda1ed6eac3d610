"""An organisation whose records change, and one signed log, copied for whoever attacks it."""

import shutil
import time
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

# What is rewritten long after it was signed is told by its commit as well; here it is told by what was rewritten.
FRESH_S = 60.0


@pytest.fixture(scope="session")
def originals(
    cluster: embedded.Cluster,
    clone: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], tuple[str, Sealed]]]:
    """Post and sign a log whenever the last one is old; nobody attacks it, and nobody stays connected."""
    made: list[tuple[float, str, Sealed]] = []
    with ExitStack() as stack:

        def fresh() -> tuple[str, Sealed]:
            if not made or time.monotonic() - made[-1][0] > FRESH_S:
                name = stack.enter_context(clone())
                sealed = seal(
                    lambda role: cluster.conninfo(user=role, dbname=name), tmp_path_factory.mktemp("sealed")
                )
                made.append((time.monotonic(), name, sealed))
            return made[-1][1:]

        yield fresh


@pytest.fixture
def sealed(
    cluster: embedded.Cluster,
    clone_of: Callable[[str], AbstractContextManager[str]],
    originals: Callable[[], tuple[str, Sealed]],
    tmp_path: Path,
) -> Iterator[Sealed]:
    """Copy the signed log, with its key and its statements, for one attack."""
    name, of_original = originals()
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
