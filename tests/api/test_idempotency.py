"""Idempotency over HTTP: a key is decided once per organisation, for ever, and by its meaning."""

import time
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.tenancy.context import OrgId

ITEM = {"code": "NUT", "name": "Nut"}
LOCATION = {"code": "C", "name": "C", "kind": "storage"}
FULL = {**RECEIPT, "reference": "PO-1", "reason": "count", "note": "gate 4"}


def test_a_repeat_returns_the_original_row(org: ApiOrg) -> None:
    first = org.move(RECEIPT, key="k1")
    org.movement(RECEIPT)

    again = org.move(RECEIPT, key="k1")

    assert (again.status, again.is_replayed) == (200, True)
    assert again.json == first.json
    assert org.on_hand() == "48"


def test_a_refused_repeat_gets_the_same_refusal_also_after_stock_arrived(org: ApiOrg) -> None:
    first = org.move(ISSUE, key="k1")
    org.movement(RECEIPT)

    again = org.move(ISSUE, key="k1")

    assert (first.refused, first.is_replayed) == ((409, "insufficient-stock"), False)
    assert (again.refused, again.is_replayed) == ((409, "insufficient-stock"), True)
    assert again.json | {"request_id": ""} == first.json | {"request_id": ""}
    assert org.on_hand() == "24"


def test_a_stale_guard_is_a_decision_too(org: ApiOrg) -> None:
    guarded = {**RECEIPT, "guard": {"target_on_hand": "5"}}
    assert org.move(guarded, key="k1").refused == (412, "stale-guard")
    org.movement(RECEIPT, quantity="5")

    again = org.move(guarded, key="k1")

    assert (again.refused, again.is_replayed) == ((412, "stale-guard"), True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("k1", '"k1"'),
        ('a"b', '"a\\"b"'),
        ("a\\b", '"a\\\\b"'),
        ('a\\"b', '"a\\\\\\"b"'),
        ("!", '"!"'),
        ("x" * 255, '"' + "x" * 255 + '"'),
    ],
)
def test_a_bare_and_a_quoted_key_are_equal(org: ApiOrg, one: str, other: str) -> None:
    first = org.move(RECEIPT, key=one)
    again = org.move(RECEIPT, key=other)

    assert (first.status, again.status) == (201, 200)
    assert again.json["idempotency_key"] == one


def test_keys_are_compared_exactly(org: ApiOrg) -> None:
    assert [org.move(RECEIPT, key=key).status for key in ("k1", "K1", "k1.", "k")] == [201] * 4


@pytest.mark.parametrize("path", ["/movements", "/items", "/locations"])
@pytest.mark.parametrize("values", [[], [""], ['""'], [" "]])
def test_a_missing_key_is_refused(org: ApiOrg, path: str, values: list[str]) -> None:
    headers = [("Idempotency-Key", value) for value in values]

    reply = org.post(path, {}, key="", role=_writer(path), headers=headers)

    assert reply.refused == (400, "idempotency-key-missing")


@pytest.mark.parametrize("path", ["/movements", "/items", "/locations"])
@pytest.mark.parametrize(
    "values",
    [
        *(["k1", "k1"], ["k1", "k2"], ["", "k1"], ['"k1"', "k1"]),
        *(["a b"], ["a, b"], ["k\u00e9"], ["x" * 256], ['"k1'], ['"k"1"'], ['"k\\n"'], ['"k1";p=1']),
        *(['"' + "x" * 256 + '"'], ['" "'], ['"a b"'], ["a\tb"]),
    ],
)
def test_a_doubled_or_malformed_key_is_refused(org: ApiOrg, path: str, values: list[str]) -> None:
    headers = [("Idempotency-Key", value) for value in values]

    reply = org.post(path, {}, key="", role=_writer(path), headers=headers)

    assert reply.refused == (400, "idempotency-key-invalid")


@pytest.mark.parametrize(
    "same",
    [
        {"quantity": "24.0"},
        {"quantity": "24.000000000"},
        {"source": "SUPPLIER"},
        {"unit": "EA"},
        {"lot": None, "guard": None, "occurred_at": None},
        {"guard": {}},
        {"guard": {"source_on_hand": None, "target_on_hand": None}},
    ],
)
def test_another_spelling_of_the_same_meaning_is_a_repeat(org: ApiOrg, same: dict[str, Any]) -> None:
    org.movement(FULL, key="k1")

    assert org.move({**FULL, **same}, key="k1").status == 200


def test_the_order_of_fields_is_no_meaning(org: ApiOrg) -> None:
    org.movement(FULL, key="k1")

    assert org.move(dict(reversed(FULL.items())), key="k1").status == 200


def test_an_id_means_its_code(org: ApiOrg) -> None:
    org.movement(RECEIPT, key="k1")

    assert org.move(RECEIPT, key="k1", item=org.ids["BOLT"], target=org.ids["A"].upper()).status == 200


def test_an_instant_means_itself_in_every_offset(org: ApiOrg) -> None:
    org.movement(RECEIPT, key="k1", occurred_at="2026-11-22T09:00:00Z")

    assert org.move(RECEIPT, key="k1", occurred_at="2026-11-22T11:00:00.000+02:00").status == 200


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": "24.000000001"},
        {"target": "B"},
        {"kind": "opening"},
        {"reference": "PO-2"},
        {"reference": None},
        {"reason": "other"},
        {"note": "gate 5"},
        {"note": None},
        {"occurred_at": "2026-11-22T09:00:00Z"},
        {"guard": {"target_on_hand": "0"}},
    ],
)
def test_another_meaning_under_a_used_key_is_refused_and_changes_nothing(
    org: ApiOrg, other: dict[str, Any]
) -> None:
    org.movement(FULL, key="k1")

    reply = org.move({**FULL, **other}, key="k1")

    assert reply.refused == (422, "idempotency-key-reused")
    assert org.on_hand() == "24"
    assert org.move(FULL, key="k1").status == 200


def test_another_meaning_under_a_refused_key_is_refused_as_reused(org: ApiOrg) -> None:
    org.move(ISSUE, key="k1")

    assert org.move(RECEIPT, key="k1").refused == (422, "idempotency-key-reused")


@pytest.mark.parametrize("first", ["/items", "/locations", "/movements"])
@pytest.mark.parametrize("second", ["/items", "/locations", "/movements"])
def test_a_key_is_one_for_all_that_an_organisation_writes(org: ApiOrg, first: str, second: str) -> None:
    bodies: dict[str, Any] = {"/items": ITEM, "/locations": LOCATION, "/movements": RECEIPT}
    assert org.post(first, bodies[first], key="k1", role=_writer(first)).status == 201

    reply = org.post(second, bodies[second], key="k1", role=_writer(second))

    assert reply.status == (200 if first == second else 422)


def test_a_reversal_and_a_movement_share_their_keys(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT, key="k1")

    reply = org.post(f"/movements/{movement['id']}/reversal", {"reason": "wrong"}, key="k1")

    assert reply.refused == (422, "idempotency-key-reused")


def test_organisations_do_not_share_keys(org: ApiOrg, other_org: ApiOrg) -> None:
    assert org.move(RECEIPT, key="k1").status == 201
    assert other_org.move(RECEIPT, key="k1", quantity="7").status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed-json"),
        (b'{"kind": "receipt", "kind": "issue"}', "malformed-json"),
        ({**RECEIPT, "quantity": "0"}, "invalid-field"),
        ({**RECEIPT, "colour": "red"}, "invalid-field"),
        ({**RECEIPT, "item": "NOPE"}, "unknown-reference"),
        ({**RECEIPT, "unit": "KG"}, "invalid-field"),
        ({**RECEIPT, "source": "B"}, "invalid-field"),
        ({**RECEIPT, "note": "x" * 70_000}, "too-large"),
    ],
)
def test_what_cannot_be_decided_leaves_the_key_free(org: ApiOrg, body: Any, code: str) -> None:
    assert org.post("/movements", body, key="k1").code == code

    assert org.move(RECEIPT, key="k1").status == 201


def test_who_may_not_post_leaves_the_key_free(org: ApiOrg) -> None:
    assert org.post("/movements", RECEIPT, key="k1", role="auditor").status == 403
    assert org.client.post(f"{org.path}/movements", RECEIPT, key="k1").status == 401

    assert org.move(RECEIPT, key="k1").status == 201


def test_a_replay_needs_the_rights_of_today(org: ApiOrg, api_door: Database) -> None:
    org.movement(RECEIPT, key="k1")

    with api_door.installation() as tx:
        assert tokens.revoke(tx, OrgId(org.org_id), org.token_ids["storekeeper"])
    time.sleep(CACHE_S + 0.1)

    assert org.move(RECEIPT, key="k1").refused == (401, "unauthenticated")
    assert org.post("/movements", RECEIPT, key="k1", role="auditor").refused == (403, "forbidden")
    assert org.post("/movements", RECEIPT, key="k1", role="integration").status == 200


@pytest.mark.parametrize(("path", "body"), [("/items", ITEM), ("/locations", LOCATION)])
def test_a_repeated_creation_returns_its_record(org: ApiOrg, path: str, body: dict[str, Any]) -> None:
    first = org.post(path, body, key="k1", role="org-admin")

    again = org.post(path, dict(reversed(body.items())), key="k1", role="org-admin")

    assert (again.status, again.is_replayed) == (200, True)
    assert (again.json, again.headers["etag"]) == (first.json, first.headers["etag"])


@pytest.mark.parametrize(
    ("path", "body", "defaults"),
    [
        ("/items", ITEM, {"unit": "EA", "tracking": "none", "description": None, "attributes": {}}),
        ("/locations", LOCATION, {"parent": None, "sub_org": None}),
    ],
)
def test_a_default_means_the_same_left_out_or_written(
    org: ApiOrg, path: str, body: dict[str, Any], defaults: dict[str, Any]
) -> None:
    org.post(path, body, key="k1", role="org-admin")

    assert org.post(path, {**body, **defaults}, key="k1", role="org-admin").status == 200


def test_a_parent_means_the_same_by_id_and_by_code(org: ApiOrg) -> None:
    org.post("/locations", {**LOCATION, "parent": "A"}, key="k1", role="org-admin")

    again = org.post("/locations", {**LOCATION, "parent": org.ids["A"]}, key="k1", role="org-admin")

    assert again.status == 200


@pytest.mark.parametrize(("path", "body"), [("/items", ITEM), ("/locations", LOCATION)])
def test_a_taken_code_is_a_decision(org: ApiOrg, path: str, body: dict[str, Any]) -> None:
    assert org.post(path, body, role="org-admin").status == 201

    first = org.post(path, body, key="k2", role="org-admin")
    again = org.post(path, body, key="k2", role="org-admin")

    assert (first.refused, first.is_replayed) == ((409, "code-taken"), False)
    assert (again.refused, again.is_replayed) == ((409, "code-taken"), True)
    assert again.pointers == ["/code"]


def test_an_unknown_parent_leaves_the_key_free(org: ApiOrg) -> None:
    body = {**LOCATION, "parent": "YARD"}
    assert org.post("/locations", body, key="k1", role="org-admin").code == "unknown-reference"
    org.location("YARD")

    assert org.post("/locations", body, key="k1", role="org-admin").status == 201


def _writer(path: str) -> str:
    return "storekeeper" if path == "/movements" else "org-admin"
