"""A key is carried away when what it decided is: a later step of a record that is there already is not (V-19)."""

from collections.abc import Iterator

import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.offices import Office, open_office
from support.tenants import new_context
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Database, Tx
from velaurum.exchange import org_pages
from velaurum.ledger import balances, intakes, movements, reservations
from velaurum.ledger.balances import Moment
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.reservations import NewReservation
from velaurum.tenancy.context import OrgContext


@pytest.fixture
def office(conninfo: ConninfoOf, as_role: Connect) -> Iterator[Office]:
    door = Database(conninfo(APP), max_connections=2)
    yield open_office(door, as_role(SUPERUSER))
    door.close()


def _keys(tx: Tx, org: OrgContext, moment: Moment) -> set[str]:
    found = org_pages.decisions(tx, org.org_id, moment.log_size, moment.recorded_at, None)
    return {one.idempotency_key for one in found}


def test_a_key_of_a_later_step_is_not_in_an_export_of_before(office: Office) -> None:
    office.does(items.create, NewItem("BOLT", "Bolt"), idempotency_key="item").require()
    office.does(locations.create, NewLocation("A", "A", "storage"), idempotency_key="place").require()
    with office.door.installation() as outside:
        poster = new_context(outside, office.org.org_id, "controller", "post")
    stock = NewMovement(kind="receipt", item="BOLT", quantity="5", target="A")
    office.does(movements.post, [intakes.movement(stock, "receipt")], by=poster)
    made = office.does(
        reservations.create, NewReservation("BOLT", "A", "2"), by=poster, idempotency_key="reserve"
    ).require()
    before = office.does(balances.now)

    office.does(reservations.release, made.id, by=poster, idempotency_key="release").require()

    after = office.does(balances.now)
    assert office.does(_keys, before) == {"item", "place", "reserve"}
    assert office.does(_keys, after) == {"item", "place", "reserve", "release"}
