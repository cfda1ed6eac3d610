"""Random departments, places, people and moves: what anybody sees is what a model in plain Python says."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.keyrings import keyring_within
from support.ledger_sql import APP, ConninfoOf
from support.tenants import LIFE, create_context
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import LocationChange, NewLocation
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.identity import tokens
from velaurum.identity.tokens import Credential
from velaurum.ledger import balances, intakes, movements
from velaurum.ledger.balances import Position
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.sub_orgs import NewSubOrg, SubOrgChange

MOST_SUB_ORGS, MOST_PLACES, PRINCIPALS = 6, 6, 3
MODEST = settings(max_examples=30, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
numbers = st.integers(0, 10**6)


@dataclass(slots=True)
class Model:
    """Departments with their parents, places with their departments, movements with their legs; all by number."""

    parents: list[int | None] = field(default_factory=list)
    places: list[int | None] = field(default_factory=list)
    moved: list[tuple[int | None, int, int]] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)

    def is_below(self, sub_org: int | None, top: int) -> bool:
        while sub_org is not None and sub_org != top:
            sub_org = self.parents[sub_org]
        return sub_org == top

    def reaches(self, scope: int | None, place: int) -> bool:
        return scope is None or self.is_below(self.places[place], scope)

    def balances(self, scope: int | None, size: int) -> dict[str, int]:
        held: dict[int, int] = {}
        for source, target, quantity in self.moved[:size]:
            held[target] = held.get(target, 0) + quantity
            if source is not None:
                held[source] -= quantity
        return {f"P{place}": on_hand for place, on_hand in held.items() if self.reaches(scope, place)}

    def movements(self, scope: int | None, size: int) -> list[tuple[int, str | None, str | None]]:
        """Return log index and the codes of both legs, as far as they are within reach; the newest first."""
        found = []
        for index, (source, target, _) in enumerate(self.moved[:size]):
            legs = [place is not None and self.reaches(scope, place) for place in (source, target)]
            if scope is None or any(legs):
                from_ = "SUPPLIER" if source is None else f"P{source}" if legs[0] else None
                found.append((self.indexes[index], from_, f"P{target}" if legs[1] else None))
        return found[::-1]


@pytest.fixture(scope="module")
def database(module_conninfo: ConninfoOf) -> Iterator[Database]:
    database = Database(module_conninfo(APP), max_connections=2)
    yield database
    database.close()


def pick(number: int, size: int) -> int | None:
    """Return one of 0 to size - 1, or None as often as one of them."""
    found = number % (size + 1)
    return None if found == size else found


def key() -> str:
    return secrets.token_hex(16)


def build(tx: Tx, org: OrgContext, model: Model, data: st.DataObject) -> None:
    items.create(tx, org, NewItem("BOLT", "Bolt"), idempotency_key=key()).require()
    for n in range(data.draw(st.integers(1, MOST_SUB_ORGS))):
        parent = pick(data.draw(numbers), n)
        model.parents.append(parent)
        new = NewSubOrg(f"D{n}", "x", None if parent is None else f"D{parent}")
        sub_orgs.create(tx, org, new, idempotency_key=key()).require()
    for n in range(data.draw(st.integers(1, MOST_PLACES))):
        sub_org = pick(data.draw(numbers), len(model.parents))
        model.places.append(sub_org)
        place = NewLocation(f"P{n}", "x", "storage", sub_org=None if sub_org is None else f"D{sub_org}")
        locations.create(tx, org, place, idempotency_key=key()).require()


def move_something(tx: Tx, org: OrgContext, model: Model, data: st.DataObject) -> None:
    where = pick(data.draw(numbers), len(model.parents))
    to = None if where is None else f"D{where}"
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(model.places) - 1))
        version = locations.get(tx, org, f"P{place}").version
        locations.update(tx, org, f"P{place}", version, LocationChange(sub_org=to))
        model.places[place] = where
        return
    sub_org = data.draw(st.integers(0, len(model.parents) - 1))
    version = sub_orgs.get(tx, org, f"D{sub_org}").version
    if where is not None and model.is_below(where, sub_org):
        with pytest.raises(Refusal):
            sub_orgs.update(tx, org, f"D{sub_org}", version, SubOrgChange(parent=to))
        return
    sub_orgs.update(tx, org, f"D{sub_org}", version, SubOrgChange(parent=to))
    model.parents[sub_org] = where


def post(tx: Tx, org: OrgContext, scope: int | None, model: Model, data: st.DataObject) -> None:
    """Post as one principal; what the model allows is posted, everything else refused."""
    source = pick(data.draw(numbers), len(model.places))
    target = data.draw(st.integers(0, len(model.places) - 1))
    held = model.balances(None, len(model.moved))
    if source is not None and (source == target or held.get(f"P{source}", 0) < 1):
        source = None
    new = NewMovement("receipt", "BOLT", "5", target=f"P{target}")
    if source is not None:
        new = NewMovement("transfer", "BOLT", "1", source=f"P{source}", target=f"P{target}")
    legs = [target] if source is None else [source, target]

    (outcome,) = movements.post(tx, org, [intakes.movement(new, key())])

    if all(model.reaches(scope, leg) for leg in legs):
        assert outcome.movement is not None, outcome
        model.moved.append((source, target, int(new.quantity)))
        model.indexes.append(outcome.movement.log_index)
    else:
        assert outcome.refusal is not None
        assert outcome.refusal.code == "unknown-reference"


def seen_balances(tx: Tx, org: OrgContext, size: int) -> dict[Any, int]:
    found = balances.list_page(
        tx, org, balances.Filter(size=size), group_by=None, after=Position(), limit=200
    )
    return {one.location_code: int(one.on_hand) for one in found}


def seen_movements(tx: Tx, org: OrgContext, size: int) -> list[tuple[int, str | None, str | None]]:
    found = movements.list_page(tx, org, keyring_within(tx), movements.Filter(to_size=size), limit=200)
    return [(one.log_index, one.source.code, one.target.code) for one in found]


@MODEST
@given(data=st.data())
def test_what_is_seen_is_what_the_model_says(database: Database, data: st.DataObject) -> None:
    model = Model()
    with database.installation() as outside:
        admin = create_context(outside)
        build(*outside.enter(admin), model, data)
        people = [(None, outside_token(outside, admin, None))]
        for _ in range(PRINCIPALS):
            scope = data.draw(st.integers(0, len(model.parents) - 1))
            people.append((scope, outside_token(outside, admin, scope)))
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(st.integers(0, 2)) == 0:
            with database.transaction(admin) as (tx, org):
                move_something(tx, org, model, data)
            continue
        scope, credential = data.draw(st.sampled_from(people))
        with database.transaction(credential.context(admin.request_id, "post")) as (tx, org):
            post(tx, org, scope, model, data)

    size = data.draw(st.integers(0, len(model.moved)))
    log_size = [*model.indexes, 10**6][size]
    for scope, credential in people:
        with database.transaction(credential.context(admin.request_id, "read")) as (tx, org):
            assert seen_balances(tx, org, log_size) == model.balances(scope, size)
            assert seen_movements(tx, org, log_size) == model.movements(scope, size)
            assert {
                one.code for one in locations.list_page(tx, org, after="", limit=200) if one.kind == "storage"
            } == {f"P{n}" for n in range(len(model.places)) if model.reaches(scope, n)}
            assert {one.code for one in sub_orgs.list_page(tx, org, after="", limit=200)} == {
                f"D{n}" for n in range(len(model.parents)) if scope is None or model.is_below(n, scope)
            }


def outside_token(outside: Tx, admin: OrgContext, scope: int | None) -> Credential:
    within = None if scope is None else f"D{scope}"
    made = tokens.create(
        outside,
        admin.org_id,
        keyring_within(outside),
        "controller",
        kind="service",
        name="x",
        life=LIFE,
        sub_org=within,
    )
    credential = tokens.verify(outside, made)
    assert credential is not None
    return credential
