"""One signed log, and a copy of its database and of what is outside for whoever attacks it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from support.sealed import Sealed, seal
from velaurum.db import embedded


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
