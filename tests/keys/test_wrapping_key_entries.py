"""What becomes of an organisation's wrapping keys is in its log: who, with what, in which request (V-10, V-22)."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from keys.conftest import Bench
from support.ledger_sql import SUPERUSER, Connect, Org
from velaurum.errors import Refusal
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.tenancy.context import OrgContext, OrgId

NAMES = {"id", "provider", "name", "key_version", "state", "created_at"}
WALLS = ("change_is_recorded", "wrapping_key_is_never_removed", "wrapping_key_row_is_never_removed")
ENTRIES = (
    "select v.action, v.entry, p.kind, c.actor_id::text, c.credential_id::text, c.request_id::text"
    " from audit.version as v inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id"
    " inner join identity.principal as p on c.org_id = p.org_id and c.actor_id = p.id"
    " where v.org_id = %s and v.subject = 'wrapping-key' order by v.log_index"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a wrapping key."""

    action: str
    entry: bytes
    actor_kind: str
    actor_id: str
    credential_id: str | None
    request_id: str | None

    @property
    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self.entry).get("row", {})
        return row

    @property
    def said(self) -> tuple[str, str | None, str | None]:
        return self.action, self.row.get("key_version"), self.row.get("state")


@pytest.fixture
def org(module_org_factory: Callable[..., Org]) -> Org:
    return module_org_factory()


@pytest.fixture
def org_id(org: Org) -> OrgId:
    return OrgId(org.org_id)


def entered(as_role: Connect, org_id: str) -> psycopg.Connection[Any]:
    connection = as_role(SUPERUSER)
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)", [org_id]
    )
    return connection


@pytest.fixture
def admin(module_as_role: Connect, org: Org) -> psycopg.Connection[Any]:
    return entered(module_as_role, org.org_id)


@pytest.fixture
def entries(admin: psycopg.Connection[Any], org_id: OrgId) -> Callable[[], list[Entry]]:
    return lambda: [Entry(*row) for row in admin.execute(ENTRIES, [org_id]).fetchall()]


@pytest.fixture
def keyring(bench: Bench) -> Keyring:
    return bench.keyring()


def rotate(bench: Bench, keyring: Keyring, org_id: OrgId, by: OrgContext | None = None) -> None:
    WrappingKeyRotation(bench.door, keyring, rest_s=0, by=by).run(org_id)


def context(org: Org, credential_id: str) -> OrgContext:
    return OrgContext(
        OrgId(org.org_id), "x", org.actor_id, credential_id, str(uuid.uuid4()), "manage-identity"
    )


def hold(admin: psycopg.Connection[Any], org_id: OrgId) -> None:
    admin.execute("select audit.hold(%s, 'in a test')", [org_id])


def take_up(admin: psycopg.Connection[Any], org_id: OrgId) -> int:
    """Take a log up again; return the index of the entry that says so."""
    (index,) = admin.execute(
        "select i.size from ledger.head as h cross join lateral audit.open_incarnation("
        " h.org_id, audit.incarnation_of(h.org_id) + 1, h.size, h.size + 1, encode(sha256('x'), 'base64'), 'x') as i"
        " where h.org_id = %s",
        [org_id],
    ).fetchone() or (0,)
    return int(index)


def test_a_key_that_is_made_replaced_and_destroyed_is_an_entry_each_time(
    bench: Bench, keyring: Keyring, org_id: OrgId, place: Place, entries: Callable[[], list[Entry]]
) -> None:
    bench.seal(keyring, place, b"secret")
    rotate(bench, keyring, org_id)

    found = entries()

    assert [one.said for one in found] == [
        ("created", "1", "active"),
        ("changed", "1", "retired"),
        ("created", "2", "active"),
        ("changed", "1", "destroyed"),
    ]
    assert {one.actor_kind for one in found} == {"process"}
    assert {(one.credential_id, one.request_id) for one in found} == {(None, None)}


def test_an_entry_says_what_identifies_a_key_and_nothing_of_it(
    bench: Bench, keyring: Keyring, org_id: OrgId, place: Place, entries: Callable[[], list[Entry]]
) -> None:
    bench.seal(keyring, place, b"secret")
    (secret,) = (bench.data_dir / "secrets" / "wrapping-keys").iterdir()

    (made,) = entries()

    assert made.row.keys() == NAMES
    assert (made.row["provider"], made.row["name"]) == ("local", org_id)
    assert secret.read_bytes().hex() not in made.entry.decode()


def test_whoever_asked_for_a_rotation_is_named_with_credential_and_request(
    bench: Bench, keyring: Keyring, org: Org, place: Place, entries: Callable[[], list[Entry]]
) -> None:
    bench.seal(keyring, place, b"secret")
    asked = context(org, org.credential_id)

    rotate(bench, keyring, OrgId(org.org_id), asked)

    assert [(one.actor_id, one.credential_id, one.request_id) for one in entries()[1:]] == [
        (org.actor_id, org.credential_id, asked.request_id)
    ] * 3


def test_a_rotation_in_the_name_of_a_credential_that_is_not_theirs_changes_nothing(
    bench: Bench, keyring: Keyring, org: Org, place: Place, entries: Callable[[], list[Entry]]
) -> None:
    bench.seal(keyring, place, b"secret")

    with pytest.raises(Refusal):
        rotate(bench, keyring, OrgId(org.org_id), context(org, str(uuid.uuid4())))

    assert [one.said for one in entries()] == [("created", "1", "active")]


def test_what_becomes_of_keys_while_the_log_is_held_is_entered_when_it_is_taken_up(
    bench: Bench,
    keyring: Keyring,
    org_id: OrgId,
    place: Place,
    admin: psycopg.Connection[Any],
    entries: Callable[[], list[Entry]],
) -> None:
    bench.seal(keyring, place, b"secret")
    hold(admin, org_id)
    rotate(bench, keyring, org_id)
    held = entries()

    take_up(admin, org_id)

    assert [one.said for one in held] == [("created", "1", "active")]
    assert sorted(one.said for one in entries()[1:]) == [
        ("carried", "1", "destroyed"),
        ("found", "2", "active"),
    ]
    assert {one.actor_kind for one in entries()} == {"process"}


def test_a_log_that_is_taken_up_again_says_of_keys_what_is_new_alone(
    bench: Bench,
    keyring: Keyring,
    org_id: OrgId,
    place: Place,
    admin: psycopg.Connection[Any],
    entries: Callable[[], list[Entry]],
) -> None:
    hold(admin, org_id)
    bench.seal(keyring, place, b"secret")
    take_up(admin, org_id)
    hold(admin, org_id)
    take_up(admin, org_id)

    rotate(bench, keyring, org_id)

    assert [one.said for one in entries()] == [
        ("found", "1", "active"),
        ("changed", "1", "retired"),
        ("created", "2", "active"),
        ("changed", "1", "destroyed"),
    ]


def test_whoever_takes_a_log_up_waits_for_a_key_that_is_being_made(
    org_id: OrgId,
    admin: psycopg.Connection[Any],
    module_as_role: Connect,
    entries: Callable[[], list[Entry]],
) -> None:
    hold(admin, org_id)
    maker, operator = (entered(module_as_role, org_id) for _ in range(2))
    maker.execute("begin")
    maker.execute(
        "select keys.name_wrapping_key(%s, %s, 'local', 'x', '1', null, null, null, null)",
        [org_id, str(uuid.uuid4())],
    )
    with ThreadPoolExecutor() as pool:
        taken = pool.submit(take_up, operator, org_id)
        while not admin.execute(
            "select true from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            " and pid = %s",
            [operator.info.backend_pid],
        ).fetchone():
            assert not taken.done()
        maker.execute("commit")
        taken.result()

    assert [one.said for one in entries()] == [("found", "1", "active")]


def test_a_key_that_the_log_knows_and_that_is_not_here_is_removed_as_the_log_is_taken_up(
    keyring: Keyring,
    org_id: OrgId,
    admin: psycopg.Connection[Any],
    entries: Callable[[], list[Entry]],
) -> None:
    known = keyring.wrapping(org_id)
    hold(admin, org_id)
    with admin.transaction():
        admin.execute("select fence.open()")
        for trigger in WALLS:
            admin.execute(f"alter table keys.wrapping_key disable trigger {trigger}".encode())
        admin.execute("delete from keys.wrapping_key where id = %s", [known.id])
        for trigger in WALLS:
            admin.execute(f"alter table keys.wrapping_key enable always trigger {trigger}".encode())

    take_up(admin, org_id)

    assert [one.action for one in entries()] == ["created", "removed"]


def test_take_up_knows_the_table_as_it_is_opted_in(admin: psycopg.Connection[Any]) -> None:
    (opted, made) = admin.execute(
        "select to_jsonb(rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting),"
        " to_jsonb(audit.plain_opting('wrapping-key')) from pg_trigger as g"
        " where g.tgrelid = 'keys.wrapping_key'::regclass and g.tgname = 'change_is_recorded'"
    ).fetchone() or ({}, {})

    for how in (opted, made):
        how["columns"] = dict(zip(how.pop("names"), how.pop("kinds"), strict=True))
        how["apart"] = sorted(how["apart"])
    assert made == opted


def test_what_has_been_destroyed_is_written_down_when_who_asked_may_not_act_any_more(
    bench: Bench,
    keyring: Keyring,
    org: Org,
    org_id: OrgId,
    place: Place,
    admin: psycopg.Connection[Any],
    entries: Callable[[], list[Entry]],
) -> None:
    bench.seal(keyring, place, b"secret")

    def revoke(_done: int, _total: int) -> None:
        admin.execute(
            "select set_config('velaurum.acting', %s, false)",
            [f"{{{org.actor_id},{org.credential_id},{uuid.uuid4()}}}"],
        )
        admin.execute(
            "update identity.token set revoked_at = clock_timestamp(), revoked_by = %s where org_id = %s and id = %s",
            [org.actor_id, org.org_id, org.credential_id],
        )

    by = context(org, org.credential_id)
    WrappingKeyRotation(bench.door, keyring, note=revoke, rest_s=0, by=by).run(org_id)

    *_, made, destroyed = entries()
    assert (made.said[0], made.credential_id) == ("created", org.credential_id)
    assert (destroyed.said, destroyed.credential_id) == (("changed", "1", "destroyed"), None)
    assert destroyed.actor_kind == "process"
