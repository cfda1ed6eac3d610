"""A database of its own for each test, since whoever works takes every ticket that there is."""

from collections.abc import Iterator

import pytest

from support import workshop
from support.ledger_sql import ConninfoOf
from support.workshop import Workshop


@pytest.fixture
def shop(conninfo: ConninfoOf) -> Iterator[Workshop]:
    with workshop.opened(conninfo) as made:
        yield made
