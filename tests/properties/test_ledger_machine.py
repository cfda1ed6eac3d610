"""The real ledger and a model in integers agree on every decision, every balance and every past."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from support import ledger_truth
from support.integer_ledger import BILLION, REAL, Ask, Decision, IntegerLedger, shown, text
from support.ledger_sql import APP, ConninfoOf
from support.tenants import create_context, new_context
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Database
from velaurum.ledger import balances, intakes, movements
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.ledger.outcomes import Outcome

ITEMS = ("BOLT", "NUT")
MICROSECOND = timedelta(microseconds=1)
BOUNDED = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

quantities = st.sampled_from([1, BILLION, 5 * BILLION, 10**15 * BILLION]) | st.integers(1, 12 * BILLION)
places = st.sampled_from(REAL)
# Days of the past, so that most movements are back-dated against each other; None is now.
occurred = st.none() | st.integers(0, 4).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day))


@st.composite
def asks(draw: st.DrawFn, key: str = "") -> Ask:
    """Draw a movement of any kind but a reversal, with its two sides as the kind has them."""
    here, there = draw(st.permutations(REAL))[:2]
    kind, source, target = draw(
        st.sampled_from(
            [
                ("opening", "OPENING", here),
                ("receipt", "SUPPLIER", here),
                ("issue", here, "CONSUMPTION"),
                ("issue", here, "CUSTOMER"),
                ("transfer", here, there),
                ("adjustment", here, "ADJUSTMENT"),
                ("adjustment", "ADJUSTMENT", here),
                ("scrap", here, "SCRAP"),
                ("return", "CUSTOMER", here),
                ("return", here, "SUPPLIER"),
            ]
        )
    )
    reason = draw(st.sampled_from(["count", "damaged"])) if kind in ("adjustment", "scrap") else None
    item = draw(st.sampled_from(ITEMS))
    return Ask(key, kind, item, source, target, draw(quantities), reason, draw(occurred))


class Ledger(RuleBasedStateMachine):
    """One fresh organisation an example; `database` is set by the test."""

    database: Database
    made = Bundle("made")

    @initialize()
    def open_organisation(self) -> None:
        self.model = IntegerLedger()
        self.keys = 0
        with self.database.installation() as outside:
            tx, org = outside.enter(create_context(outside))
            for code in ITEMS:
                items.create(tx, org, NewItem(code, code), idempotency_key=f"item-{code}")
            for code in REAL:
                new = NewLocation(code, code, "storage")
                locations.create(tx, org, new, idempotency_key=f"location-{code}")
            self.org = new_context(tx, org.org_id, "storekeeper", "post")
        with self.database.transaction(self.org) as (tx, _):
            self.born = balances.now(tx, self.org).log_size

    def new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def post(self, asked: list[Ask], *, atomic: bool = False) -> None:
        """Post for real and in the model, and hold every outcome against its decision."""
        size = len(self.model.log)
        sent = [self.intake(ask) for ask in asked]
        expected = self.model.post(asked, atomic=atomic)
        with self.database.transaction(self.org) as (tx, _):
            got = movements.post(tx, self.org, sent, atomic=atomic)
        for decision, outcome in zip(expected, got, strict=True):
            if decision.index is not None and decision.index >= size and outcome.movement is not None:
                self.model.complete(decision.index, outcome.movement)
        for ask, decision, outcome in zip(asked, expected, got, strict=True):
            self.compare(ask, decision, outcome)

    def compare(self, ask: Ask, decision: Decision, outcome: Outcome) -> None:
        if decision.index is None:
            assert outcome.refusal is not None, (ask, decision, outcome)
            told = outcome.refusal.code, outcome.refusal.extra.get("available")
            assert told == (decision.code, decision.available), (ask, decision, outcome)
            return
        assert outcome.movement is not None, (ask, decision, outcome)
        assert outcome.replayed == decision.replayed, (ask, decision, outcome)
        movement, entry = outcome.movement, self.model.log[decision.index]
        assert (movement.log_index - self.born, movement.id) == (decision.index, entry.id)
        assert movement.idempotency_key == ask.key
        asked = (ask.kind, ask.item, ask.source, ask.target, text(ask.billionths), ask.reason)
        assert asked == (
            movement.kind,
            movement.item.code,
            movement.source.code,
            movement.target.code,
            movement.quantity,
            movement.reason,
        )
        after = shown(self.model.balances(decision.index + 1))
        for side in (movement.source, movement.target):
            assert side.on_hand == after.get((ask.item, side.code))

    def intake(self, ask: Ask) -> Intake:
        if ask.reverses is not None:
            return intakes.reversal(self.model.log[ask.reverses].id, ask.reason or "", ask.key)
        new = NewMovement(
            kind=ask.kind,  # type: ignore[arg-type]
            item=ask.item,
            quantity=text(ask.billionths),
            source=ask.source,
            target=ask.target,
            reason=ask.reason,
            occurred_at=None if ask.occurred_at is None else ask.occurred_at.isoformat(),
        )
        return intakes.movement(new, ask.key)

    @rule(ask=asks(), target=made)
    def post_one(self, ask: Ask) -> Ask:
        keyed = with_key(ask, self.new_key())
        self.post([keyed])
        return keyed

    @rule(
        drawn=st.lists(asks(), min_size=1, max_size=6),
        again=made,
        atomic=st.booleans(),
        data=st.data(),
        target=made,
    )
    def post_batch(self, drawn: list[Ask], again: Ask, data: st.DataObject, *, atomic: bool) -> object:
        """Post several at once, with repeats within the batch and of an earlier key, of the same or another meaning."""
        keyed = [with_key(ask, self.new_key()) for ask in drawn]
        repeats = st.sampled_from([*keyed, again])
        doubled = data.draw(st.lists(repeats, max_size=2))
        reused = [with_key(data.draw(asks()), one.key) for one in data.draw(st.lists(repeats, max_size=1))]
        self.post(data.draw(st.permutations([*keyed, *doubled, *reused])), atomic=atomic)
        return multiple(*keyed)

    @rule(ask=made)
    def repeat(self, ask: Ask) -> None:
        self.post([ask])

    @rule(ask=made, other=asks())
    def reuse_a_key(self, ask: Ask, other: Ask) -> None:
        self.post([with_key(other, ask.key)])

    @precondition(lambda self: self.model.log)
    @rule(data=st.data(), target=made)
    def reverse(self, data: st.DataObject) -> Ask:
        """Reverse any movement: for the first time, again, or one that is itself a reversal."""
        index = data.draw(st.integers(0, len(self.model.log) - 1))
        ask = self.model.reversal(self.new_key(), index)
        self.post([ask])
        return ask

    @precondition(lambda self: self.model.log)
    @rule(data=st.data())
    def reverse_twice_at_once(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.model.log) - 1))
        self.post([self.model.reversal(self.new_key(), index) for _ in range(2)])

    @rule()
    def reverse_what_is_unknown(self) -> None:
        unknown = intakes.reversal("019aa000-0000-7000-8000-000000000000", "mistake", self.new_key())
        with self.database.transaction(self.org) as (tx, _):
            (outcome,) = movements.post(tx, self.org, [unknown])
        assert outcome.refusal is not None
        assert outcome.refusal.code == "not-found"

    @precondition(lambda self: self.model.log)
    @rule(data=st.data(), step=st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND]))
    def read_as_of(self, data: st.DataObject, step: timedelta) -> None:
        instant = data.draw(st.sampled_from(self.model.log)).recorded_at + step
        with self.database.transaction(self.org) as (tx, _):
            size = balances.as_of(tx, self.org, instant) - self.born
        assert size == self.model.size_at(instant)
        self.compare_balances(size)

    @rule(data=st.data(), until=occurred)
    def read_effective(self, data: st.DataObject, until: datetime | None) -> None:
        """Read what had occurred by an instant, as far as a log of some size knew."""
        whole = len(self.model.log)
        size = data.draw(st.just(whole) | st.integers(0, whole))
        self.compare_balances(size, until)

    def compare_balances(self, size: int, until: datetime | None = None) -> None:
        instant = None if until is None else until.isoformat()
        chosen = balances.Filter(size=self.born + size, effective_as_of=instant)
        nowhere = balances.Position()
        with self.database.transaction(self.org) as (tx, _):
            found = balances.list_page(tx, self.org, chosen, group_by=None, after=nowhere, limit=100)
        read = {(str(one.item_code), str(one.location_code)): one.on_hand for one in found}
        assert read == shown(self.model.balances(size, until))

    @invariant()
    def balances_are_the_models(self) -> None:
        self.compare_balances(len(self.model.log))
        assert not sum(self.model.balances().values())

    @invariant()
    def the_ledgers_own_tables_are_sound(self) -> None:
        with self.database.transaction(self.org) as (tx, _):
            assert ledger_truth.findings(tx.connection, self.org.org_id) == []
            assert balances.now(tx, self.org).log_size == self.born + len(self.model.log)


def with_key(ask: Ask, key: str) -> Ask:
    return Ask(key, ask.kind, ask.item, ask.source, ask.target, ask.billionths, ask.reason, ask.occurred_at)


@pytest.fixture(scope="module")
def database(module_conninfo: ConninfoOf) -> Iterator[Database]:
    database = Database(module_conninfo(APP), max_connections=1)
    yield database
    database.close()


@pytest.mark.timeout(900)  # Finding the smallest of all failures takes its time.
def test_the_ledger_decides_as_the_model_does(database: Database) -> None:
    Ledger.database = database

    run_state_machine_as_test(Ledger, settings=BOUNDED)
