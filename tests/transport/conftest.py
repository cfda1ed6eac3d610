"""Every transport that there is, for tests that hold of all of them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.carriers import Carrier, Opened, opened
from support.ledger_sql import APP, ConninfoOf, Org
from velaurum.tenancy.context import OrgId
from velaurum.transport.port import Transport


@dataclass(slots=True)
class InDatabase:
    """The transport in the ledger's own database."""

    conninfo: str
    make_org: Callable[..., Org]
    name: str = "postgresql"
    opened: Opened = field(default_factory=Opened)

    def org(self) -> OrgId:
        return OrgId(self.make_org().org_id)

    def transport(self, **options: Any) -> Transport:
        return self.opened.keep(opened(self.described(), **options))

    def described(self) -> dict[str, Any]:
        return {"kind": "postgresql", "conninfo": self.conninfo}


@pytest.fixture
def in_database(conninfo: ConninfoOf, org_factory: Callable[..., Org]) -> Iterator[InDatabase]:
    carrier = InDatabase(conninfo(APP), org_factory)
    with closing(carrier.opened):
        yield carrier


@pytest.fixture(params=["in_database"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    found: Carrier = request.getfixturevalue(request.param)
    return found
