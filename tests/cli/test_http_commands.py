"""Commands over HTTP: the API that everybody uses, over TLS, each write at most once."""

import json
import time
from datetime import UTC, datetime

import pytest

from support.command import Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_an_item_is_created_listed_and_shown(tenant: Tenant) -> None:
    made = tenant.admin("item", "create", "NUT-M8", "--name", "Nut", "--unit", "PC", "--json").document

    listed = tenant.admin("item", "list", "--json").document["data"]
    shown = tenant.admin("item", "show", "NUT-M8", "--json").document

    assert (made["code"], made["name"], made["unit"]) == ("NUT-M8", "Nut", "PC")
    assert [one["code"] for one in listed] == ["BOLT", "NUT-M8"]
    assert shown == made


def test_units_and_packs_are_listed_and_a_movement_is_posted_in_one(tenant: Tenant) -> None:
    units = {one["code"]: one for one in tenant.admin("unit", "list", "--json").document["data"]}
    made = tenant.admin("pack", "create", "BOLT", "CS", "12", "--json").document
    third = tenant.admin("pack", "create", "BOLT", "THIRD", "1/3", "--json").document

    changed = tenant.admin("pack", "change", "BOLT", made["id"], "10", "--json").document
    ended = tenant.admin("pack", "end", "BOLT", third["id"], "--json").document
    listed = tenant.admin("pack", "list", "BOLT", "--json").document["data"]
    words = ("post", "receipt", "BOLT", "2", "--unit", "CS", "--target", "A")
    posted = tenant.keeper(*words, "--json").document
    said = tenant.keeper(*words).stdout

    assert (units["DZN"]["name"], units["DZN"]["numerator"]) == ("dozen", "12")
    assert (third["numerator"], third["denominator"]) == (1, 3)
    assert ended["removed_at"] is not None
    assert listed == [changed]
    assert (posted["quantity"], posted["stated_quantity"], posted["stated_unit"]) == ("20", "2", "CS")
    assert "20 EA BOLT (stated: 2 CS)" in said


def test_a_lot_is_received_into_quarantine_and_released(tenant: Tenant) -> None:
    tenant.admin("item", "create", "MILK", "--name", "Milk", "--tracking", "lot", "--json")
    made = tenant.admin("lot", "create", "MILK", "L-1", "--expires-on", "2999-12-30", "--json").document
    changed = tenant.admin("lot", "change", made["id"], "--expires-on", "2999-12-31", "--json").document
    of_lot = ("MILK", "5", "--lot", "L-1")
    received = tenant.keeper("post", "receipt", *of_lot, "--target", "A", "--target-status", "quarantine")
    release = ("post", "status-change", *of_lot, "--source", "A", "--source-status", "quarantine")
    unreasoned = tenant.keeper(*release)
    released = tenant.keeper(*release, "--reason", "inspected", "--json").document

    assert tenant.admin("lot", "list", "--item", "MILK", "--json").document["data"] == [changed]
    assert tenant.admin("lot", "show", made["id"], "--json").document == changed
    assert "5 EA MILK lot L-1 from SUPPLIER to A quarantine (now 5)" in received.stdout
    assert unreasoned.code != 0
    assert (released["source"]["on_hand"], released["target"]["status"]) == ("0", "available")
    shown = tenant.keeper("stock", "--item", "MILK", "--lot", "L-1").stdout.splitlines()
    assert shown[0].split() == ["item", "location", "lot", "status", "on", "hand"]
    assert [line.split() for line in shown[1:]] == [
        ["MILK", "A", "L-1", "quarantine", "0"],
        ["MILK", "A", "L-1", "available", "5"],
    ]
    only = tenant.keeper("stock", "--item", "MILK", "--status", "available").stdout.splitlines()
    assert only[1].split() == ["MILK", "A", "L-1", "5"]


def test_a_serial_says_where_it_is(tenant: Tenant) -> None:
    tenant.admin("item", "create", "PUMP", "--name", "Pump", "--tracking", "serial", "--json")
    made = tenant.admin("serial", "create", "PUMP", "S-1", "--json").document
    receipt = ("post", "receipt", "PUMP", "1", "--serial", "S-1", "--target", "A")
    tenant.keeper(*receipt)
    again = tenant.keeper(*receipt)

    shown = tenant.admin("serial", "show", made["id"], "--json").document
    assert (shown["location"]["code"], shown["status"]) == ("A", "available")
    assert tenant.admin("serial", "list", "--json").document["data"] == [made]
    assert again.code != 0
    assert "in stock already" in again.stderr


def test_a_pack_holds_a_fraction_of_whole_numbers(tenant: Tenant) -> None:
    assert tenant.admin("pack", "create", "BOLT", "CS", "0.5").code == 2
    assert tenant.admin("pack", "create", "BOLT", "CS", "1/0").code != 0


def test_a_location_is_created_listed_and_shown(tenant: Tenant) -> None:
    words = ("A-1", "--name", "Shelf", "--kind", "storage", "--parent", "A", "--json")
    made = tenant.admin("location", "create", *words).document

    listed = tenant.admin("location", "list", "--json").document["data"]
    shown = tenant.admin("location", "show", made["id"], "--json").document

    assert made["parent"]["code"] == "A"
    assert {"A", "A-1", "B", "SUPPLIER"} <= {one["code"] for one in listed}
    assert shown == made


def test_a_list_is_read_to_its_end_or_to_its_limit(tenant: Tenant) -> None:
    everything = tenant.admin("location", "list", "--json").document["data"]

    some = tenant.admin("location", "list", "--limit", "3", "--json").document["data"]

    assert len(everything) == 8
    assert some == everything[:3]


def test_a_movement_is_posted_and_stock_shows_it(tenant: Tenant) -> None:
    posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json").document

    stock = tenant.keeper("stock", "--json").document["data"]

    assert (posted["kind"], posted["quantity"], posted["target"]["on_hand"]) == ("receipt", "24", "24")
    assert [(one["item"]["code"], one["location"]["code"], one["on_hand"]) for one in stock] == [
        ("BOLT", "A", "24")
    ]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("receipt", "BOLT", "1", "--target", "A"), "11"),
        (("opening", "BOLT", "1", "--target", "A"), "11"),
        (("issue", "BOLT", "1", "--source", "A"), "9"),
        (("transfer", "BOLT", "1", "--source", "A", "--target", "B"), "9"),
        (("adjustment", "BOLT", "0.5", "--source", "A", "--reason", "counted"), "9.5"),
        (("scrap", "BOLT", "1", "--source", "A", "--reason", "bent"), "9"),
        (("return", "BOLT", "1", "--source", "CUSTOMER", "--target", "A"), "11"),
    ],
)
def test_every_kind_is_posted_with_its_details(tenant: Tenant, words: tuple[str, ...], left: str) -> None:
    assert tenant.keeper("post", "receipt", "BOLT", "10", "--target", "A", "--json").document

    posted = tenant.keeper("post", *words, "--reference", "D-1", "--note", "by hand", "--json").document

    sides = {side["code"]: side["on_hand"] for side in (posted["source"], posted["target"])}
    assert posted["kind"] == words[0]
    assert posted["reference"] == "D-1"
    assert sides["A"] == left


def test_the_key_is_told_before_it_is_sent_and_a_repeat_returns_the_original(tenant: Tenant) -> None:
    words = ("post", "receipt", "BOLT", "5", "--target", "A", "--json")
    first = tenant.keeper(*words)
    key = json.loads(first.stderr.splitlines()[0])["idempotency_key"]

    second = tenant.keeper(*words, "--key", key)

    assert second.document["id"] == first.document["id"]
    assert "decided before" in second.stderr
    assert tenant.keeper("stock", "--json").document["data"][0]["on_hand"] == "5"


def test_a_key_with_another_meaning_is_a_conflict(tenant: Tenant) -> None:
    assert tenant.keeper("post", "receipt", "BOLT", "5", "--target", "A", "--key", "k", "--json").document

    answer = tenant.keeper("post", "receipt", "BOLT", "6", "--target", "A", "--key", "k", "--json")

    assert answer.code == 5
    assert answer.envelope["code"] == "idempotency-key-reused"


def test_an_overdraft_is_a_conflict_that_says_what_is_available(tenant: Tenant) -> None:
    assert tenant.keeper("post", "receipt", "BOLT", "3", "--target", "A", "--json").document

    answer = tenant.keeper("post", "issue", "BOLT", "4", "--source", "A", "--json")
    told = tenant.keeper("post", "issue", "BOLT", "4", "--source", "A")

    assert answer.code == 5
    assert (answer.envelope["code"], answer.envelope["available"]) == ("insufficient-stock", "3")
    assert "(available: 3)" in told.stderr.splitlines()[-1]


def test_a_movement_is_reversed_once(tenant: Tenant) -> None:
    posted = tenant.keeper("post", "receipt", "BOLT", "3", "--target", "A", "--json").document

    mirror = tenant.keeper("post", "reversal", posted["id"], "--reason", "mistake", "--json").document
    again = tenant.keeper("post", "reversal", posted["id"], "--reason", "mistake", "--json")

    assert mirror["reverses"] is not None
    assert again.code == 5
    assert again.envelope["code"] == "already-reversed"


def test_stock_is_shown_as_of_an_earlier_instant_and_summed(tenant: Tenant) -> None:
    for place in ("A", "B"):
        assert tenant.keeper("post", "receipt", "BOLT", "3", "--target", place, "--json").document
    between = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    assert tenant.keeper("post", "receipt", "BOLT", "4", "--target", "A", "--json").document

    now = tenant.keeper("stock", "--group-by", "item", "--json").document["data"]
    then = tenant.keeper("stock", "--group-by", "item", "--as-of", between, "--json").document["data"]
    one = tenant.keeper("stock", "--location", "A", "--item", "BOLT", "--json").document["data"]
    early = tenant.keeper("stock", "--effective-as-of", "2020-01-01T00:00:00Z", "--json").document["data"]

    assert [row["on_hand"] for row in (*now, *then, *one)] == ["10", "6", "7"]
    assert early == []


def test_people_read_a_table_and_a_sentence(tenant: Tenant) -> None:
    posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A")

    table = tenant.keeper("stock").stdout.splitlines()

    assert posted.stdout.splitlines()[0] == "receipt: 24 EA BOLT from SUPPLIER to A (now 24)"
    assert [line.split() for line in table] == [["item", "location", "on", "hand"], ["BOLT", "A", "24"]]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("item", "show", "NOTHING"), 3),
        (("item", "create", "X", "--name", "X"), 4),
        (("post", "receipt", "NOTHING", "1", "--target", "A"), 2),
        (("post", "receipt", "BOLT", "-1", "--target", "A"), 2),
        (("post", "receipt", "BOLT", "1", "--target", "A", "--key", "two words"), 2),
        (("post", "transfer", "BOLT", "1", "--source", "A"), 2),
        (("stock", "--as-of", "yesterday"), 2),
        (("stock", "--limit", "0"), 2),
        (("stock", "--org", "somebody-else"), 4),
        (("stock", "--token", "vlm_unknown"), 4),
        (("stock", "--data-dir", "no-such-directory"), 1),
    ],
)
def test_refusals_have_their_exit_codes(tenant: Tenant, words: tuple[str, ...], code: int) -> None:
    answer = tenant.keeper(*words, "--json")

    assert answer.code == code
    assert set(answer.envelope) >= {"code", "detail"}


def test_a_revoked_token_stops_working(installation: Installation, tenant: Tenant) -> None:
    made = installation.command(
        "token", "create", "--org", tenant.code, "--role", "auditor", "--json"
    ).document
    holder = tenant.keeper.given(token=made["token"])
    before = holder("stock", "--json")

    revoked = installation.command("token", "revoke", "--org", tenant.code, made["id"], "--json").document
    time.sleep(1.1)  # an answer of the database is trusted for one second

    assert before.code == 0
    assert revoked == {"id": made["id"], "revoked": True}
    assert holder("stock", "--json").code == 4


def test_the_state_of_the_log_is_shown_with_who_has_seen_it(installation: Installation) -> None:
    tenant = installation.tenant()
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A")

    told = tenant.keeper("log", "status").stdout
    said = tenant.keeper("log", "status", "--json").document

    assert said["origin"] in told
    assert said["meta"]["origin"] in told
