"""Codes over HTTP: one rule for items and locations, and no two that look alike."""

import pytest

from support.api_orgs import ApiOrg

NOUNS = {"items": {}, "locations": {"kind": "storage"}}


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    "code",
    [
        *("", " A", "A ", " ", "\u3000A", "A\u00a0", "x" * 65, "\U0001f529" * 65),
        *("a\x00b", "a\tb", "a\nb", "a\x7fb", "a\u0085b", "a\u2028b"),
        *("a\u202eb", "a\u2066b", "a\u200eb", "a\u061cb"),
        *(
            "a\u200bb",
            "a\u200db",
            "a\ufeffb",
            "a\u00adb",
            "a\u2060b",
            "a\u3164b",
            "a\u115fb",
            "a\u2800b",
            "a\ufe0fb",
        ),
        *("e\u0301", "\u212b", "\u2126", "a\ue000b", "a\uffffb"),
        *("019a9f00-0000-7000-8000-000000000000", "019A9F00-0000-7000-8000-00000000000F"),
    ],
)
def test_what_cannot_be_a_code_is_refused(org: ApiOrg, noun: str, code: str) -> None:
    reply = org.post(f"/{noun}", {"code": code, "name": "N", **NOUNS[noun]}, role="org-admin")

    assert reply.status == 400
    assert reply.code == ("malformed-json" if "\x00" in code else "invalid-field")


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("code", ["x" * 64, "\U0001f529" * 64, "A B", "\u00e9", "-", "019a9f00", "../x"])
def test_a_code_is_up_to_64_code_points(org: ApiOrg, noun: str, code: str) -> None:
    reply = org.post(f"/{noun}", {"code": code, "name": "N", **NOUNS[noun]}, role="org-admin")

    assert (reply.status, reply.json["code"]) == (201, code)


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nut", "NUT"),
        ("stra\u00dfe", "STRASSE"),
        ("\uff21\uff22", "ab"),
        ("\ufb01t", "FIT"),
        ("x\u00b2", "X2"),
        ("\u03c3", "\u03c2"),
        ("A B", "a\u00a0b"),
        ("\u2163", "iv"),
    ],
)
def test_codes_equal_after_nfkc_and_case_folding_collide(
    org: ApiOrg, noun: str, one: str, other: str
) -> None:
    bodies = [{"code": code, "name": "N", **NOUNS[noun]} for code in (one, other)]

    answers = [org.post(f"/{noun}", body, role="org-admin") for body in bodies]

    assert answers[0].status == 201
    assert (answers[1].refused, answers[1].pointers) == ((409, "code-taken"), ["/code"])


def test_the_codes_of_virtual_locations_are_taken_from_birth(org: ApiOrg) -> None:
    for code in ("SUPPLIER", "customer", "Consumption", "ADJUSTMENT", "SCRAP", "OPENING"):
        body = {"code": code, "name": "N", "kind": "storage"}
        assert org.post("/locations", body, role="org-admin").refused == (409, "code-taken")


def test_an_item_and_a_location_may_share_a_code(org: ApiOrg) -> None:
    org.item("TWIN")

    assert org.location("TWIN")["code"] == "TWIN"
