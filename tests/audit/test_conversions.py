"""What movements state in other units is held to the packs and units that were there before each of them."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from support.ledger_sql import ConninfoOf, Org, receipt
from velaurum.db import readings
from velaurum.db.connection import Tx
from velaurum.ops.evidence import conversions, movements
from velaurum.ops.evidence.movements import Movement
from velaurum.tenancy.context import OrgId


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    """Make an organisation whose packs change and end between postings."""
    made: Org = org_factory(items=["BOLT", "NUT"], locations=["A"])
    made.item("OIL", unit="KGM")
    bolts = made.pack(_id(made, "BOLT"), "XCS", 12)
    nuts = made.pack(_id(made, "NUT"), "XCS", 100)
    made.post([stated("BOLT", "2", "XCS"), stated("NUT", "2", "XCS"), stated("OIL", "500", "GRM")])
    made.change_pack(bolts, 1, 10)
    made.post([stated("BOLT", "2", "XCS")])
    made.end_pack(nuts)
    made.post([receipt("NUT", "A", "1")])
    return made


def stated(item: str, quantity: str, unit: str) -> dict[str, str]:
    return receipt(item, "A", quantity) | {"unit": unit}


def _id(org: Org, code: str) -> str:
    row = org.enter().execute(
        "select i.id::text from catalog.item as i where i.org_id = %s and i.code = %s", [org.org_id, code]
    )
    found = row.fetchone()
    assert found is not None
    return str(found[0])


@pytest.fixture
def auditor(conninfo: ConninfoOf, org: Org) -> Iterator[Tx]:
    with readings.reading(conninfo(readings.AUDITOR)) as outside:
        yield outside.within(org.org_id)


def moved(tx: Tx, org: Org) -> list[Movement]:
    rows = movements.between(tx, OrgId(org.org_id), 0, 1_000)
    assert [one.quantity for one in rows if one.stated_unit == "XCS"] == [
        f"{count}.000000000" for count in (24, 200, 20)
    ]
    return rows


def test_what_was_stated_holds_by_the_packs_of_then(auditor: Tx, org: Org) -> None:
    rows = moved(auditor, org)

    assert sum(one.stated_unit is not None for one in rows) == 4
    assert conversions.wrong(auditor, OrgId(org.org_id), rows) == []


@pytest.mark.parametrize("otherwise", [{"stated_quantity": "3.000000000"}, {"stated_unit": "XBX"}])
def test_what_comes_to_something_else_is_named(auditor: Tx, org: Org, otherwise: dict[str, str]) -> None:
    rows = [one for one in moved(auditor, org) if one.stated_unit is not None]
    wrong = [msgspec.structs.replace(one, **otherwise) for one in rows]

    assert conversions.wrong(auditor, OrgId(org.org_id), wrong) == wrong


def test_the_pack_of_another_item_says_nothing(auditor: Tx, org: Org) -> None:
    rows = [one for one in moved(auditor, org) if one.stated_unit == "XCS"]
    nuts = next(one for one in rows if one.quantity == "200.000000000")
    wrong = [msgspec.structs.replace(one, item_id=nuts.item_id) for one in rows if one is not nuts]

    assert conversions.wrong(auditor, OrgId(org.org_id), [nuts, *wrong]) == wrong
