"""The relay: what nobody wants costs nothing, and who listens misses nothing, also after an upgrade (V-06)."""

from dataclasses import replace
from importlib import resources
from typing import Any

import psycopg
import pytest

from velaurum.catalog import items
from velaurum.catalog.items import NewItem
from velaurum.events import subscribers
from velaurum.events.subscribers import Turn
from velaurum.webhooks.endpoints import EndpointChange
from velaurum.worker import relaying
from webhooks.conftest import Chain, Office
from webhooks.test_telling import ITEMS, URL, count, item

# Whether the transport is the database or a bus, the relay's own work is the same.
ON_DATABASE = pytest.mark.parametrize("transport", ["postgresql"], indirect=True)
MIGRATION = "0036_relay.sql"


def rows(superuser: psycopg.Connection[Any], office: Office) -> tuple[Any, ...] | None:
    """Return how many rows there are of messages, queues, what was taken, and subscribers."""
    return superuser.execute(
        "select (select count(*) from transport.message where org_id = %(org)s),"
        " (select count(*) from transport.queue where org_id = %(org)s),"
        " (select count(*) from events.inbox where org_id = %(org)s),"
        " (select count(*) from events.subscriber where org_id = %(org)s)",
        {"org": office.org_id},
    ).fetchone()


def many(office: Office, n: int, prefix: str) -> None:
    with office.door.transaction(replace(office.org, permission="manage-catalog")) as (tx, org):
        for one in range(n):
            code = f"{prefix}-{one}"
            items.create(tx, org, NewItem(code, code), idempotency_key=code)


def statements(chain: Chain) -> int:
    """Return how many statements the relay has run so far."""
    return sum(one.calls for one in chain.relay.database.counts.snapshot().values())


def after_index(superuser: psycopg.Connection[Any], office: Office) -> int:
    found = superuser.execute(
        "select after_index from events.subscriber where org_id = %s", [office.org_id]
    ).fetchone()
    assert found is not None
    index: int = found[0]
    return index


def size(superuser: psycopg.Connection[Any], office: Office) -> int:
    found = superuser.execute("select size from ledger.head where org_id = %s", [office.org_id]).fetchone()
    assert found is not None
    entries: int = found[0]
    return entries


@ON_DATABASE
def test_where_nobody_listens_there_is_nothing_but_a_look(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    chain.publish()
    many(office, 30, "I")
    chain.sign(office)
    before = statements(chain)

    assert chain.publish() == 0

    assert statements(chain) - before == 1
    assert rows(superuser, office) == (0, 0, 0, 0)


@ON_DATABASE
@pytest.mark.parametrize("wanted", ["velaurum.location.*", "nothing: it is disabled"])
def test_what_nobody_wants_is_passed_over_in_one_turn(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any], wanted: str
) -> None:
    """As many statements for three hundred entries as for one, and no row but the subscriber's."""
    is_disabled = ":" in wanted
    office.endpoint(URL, event_types=(ITEMS if is_disabled else wanted,))
    if is_disabled:
        office.change(EndpointChange(is_disabled=True))
    chain.sign(office)
    chain.publish()
    spent = []
    for n in (1, 300):
        many(office, n, f"I{n}")
        chain.sign(office)
        before = statements(chain)
        assert chain.publish() == 0
        spent.append(statements(chain) - before)
        assert after_index(superuser, office) == size(superuser, office) - 1

    assert spent[0] == spent[1]
    assert rows(superuser, office) == (0, 0, 0, 1)


def test_what_anybody_wants_is_published_once_for_all(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    office.endpoint(URL, "beside", event_types=("velaurum.item.created.v1",))
    chain.sign(office)
    chain.publish()
    many(office, 3, "I")
    chain.sign(office)

    assert chain.publish() == 3
    chain.tell(office)
    assert count(superuser, office) == 6


@ON_DATABASE
def test_who_begins_to_listen_while_the_log_is_read_misses_nothing(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.endpoint(URL, event_types=("velaurum.location.*",))
    real = subscribers.read
    begun: list[str] = []

    def read(*given: Any, **more: Any) -> Turn | None:
        if not begun:
            begun.append(office.endpoint(URL, "second", event_types=(ITEMS,)).id)
            item(office, "AT-ONCE")
            chain.sign(office)
        return real(*given, **more)

    chain.sign(office)
    monkeypatch.setattr(relaying.subscribers, "read", read)
    chain.publish()
    chain.tell(office)

    assert count(superuser, office) == 1


def test_an_installation_of_before_goes_on_where_it_was(
    office: Office, chain: Chain, superuser: psycopg.Connection[Any]
) -> None:
    """Whoever told webhooks was a subscriber of their own: nothing is skipped, and nothing told twice."""
    office.endpoint(URL, event_types=(ITEMS,))
    item(office, "TOLD")
    chain.tell(office)
    item(office, "NOT-YET")
    chain.sign(office)
    text = (resources.files("velaurum") / "sql" / "migrations" / MIGRATION).read_text()
    with superuser.transaction():
        superuser.execute("select fence.open()")
        superuser.execute("alter table events.subscriber disable trigger subscriber_goes_forward")
        superuser.execute("update events.subscriber set name = 'webhooks' where org_id = %s", [office.org_id])
        superuser.execute("alter table events.subscriber enable always trigger subscriber_goes_forward")
    assert chain.publish() == 0

    with superuser.transaction():
        superuser.execute("select fence.open()")
        superuser.execute("set local role velaurum_owner")
        superuser.execute(text)  # type: ignore[call-overload]
    chain.tell(office)

    assert count(superuser, office) == 2
    with pytest.raises(psycopg.errors.Error) as refused:
        superuser.execute("update events.subscriber set name = 'webhooks' where org_id = %s", [office.org_id])
    assert refused.value.sqlstate == "VL001"
