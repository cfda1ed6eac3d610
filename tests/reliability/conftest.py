"""Servers that share one database: what one lane of one process would hide, two processes show."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from support.ledger_sql import APP, ConninfoOf
from support.server_process import ServerProcess, running
from support.tenants import Tenant, create_tenant


@pytest.fixture(scope="module")
def servers(
    module_conninfo: ConninfoOf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    """Run two servers on the module's database."""
    with ExitStack() as stack:
        places = [tmp_path_factory.mktemp("server") for _ in range(2)]
        yield [stack.enter_context(running(place, module_conninfo(APP))) for place in places]


@pytest.fixture(scope="module")
def new_tenant(module_conninfo: ConninfoOf) -> Callable[[], Tenant]:
    """Make an organisation in the module's database: item BOLT, locations A, B and C."""
    return lambda: create_tenant(module_conninfo(APP))
