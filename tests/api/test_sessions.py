"""Sessions over HTTP: a cookie of one organisation, believed from this site's pages alone, ended for ever (V-16)."""

import time
from datetime import timedelta
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.browsers import SAME_ORIGIN, Browser, assign, disable, person, sign_in
from support.server_process import ServerProcess
from velaurum.api import cookies
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import sessions
from velaurum.identity.secrets import SESSION_PREFIX, mint, parse
from velaurum.identity.sessions import Limits
from velaurum.tenancy import orgs

SHORT = timedelta(seconds=3)
LONG = timedelta(minutes=30)


@pytest.fixture
def keeper(api_door: Database, org: ApiOrg) -> Browser:
    """Sign somebody in who posts."""
    return sign_in(api_door, org, "storekeeper")


def test_a_session_does_what_the_roles_of_its_person_allow(keeper: Browser) -> None:
    posted = keeper.ask("POST", "/movements", RECEIPT)

    assert posted.status == 201
    assert posted.json["actor"] == {"id": keeper.principal_id, "kind": "user", "name": "Ada"}
    assert keeper.ask("POST", "/items", {"code": "NUT", "name": "Nut"}).refused == (403, "forbidden")


def test_two_roles_are_both_held(api_door: Database, org: ApiOrg) -> None:
    browser = sign_in(api_door, org, "storekeeper", "org-admin")

    assert browser.ask("POST", "/movements", RECEIPT).status == 201
    assert browser.ask("POST", "/items", {"code": "NUT", "name": "Nut"}).status == 201


def test_somebody_without_a_role_may_do_nothing(api_door: Database, org: ApiOrg) -> None:
    browser = sign_in(api_door, org)

    assert browser.ask("GET", "/items").refused == (403, "forbidden")
    assert browser.ask("GET", "/session").status == 200


def test_a_role_given_now_counts_within_a_second(api_door: Database, org: ApiOrg) -> None:
    browser = sign_in(api_door, org)

    assign(api_door, org, browser.principal_id, "auditor")
    time.sleep(CACHE_S)

    assert browser.ask("GET", "/items").status == 200


def test_a_role_in_a_department_reaches_that_department(api_door: Database, org: ApiOrg) -> None:
    for code in ("NORTH", "SOUTH"):
        org.post("/sub-orgs", {"code": code, "name": code}, role="org-admin")
        org.location(f"IN-{code}", sub_org=code)
    browser = sign_in(api_door, org, "storekeeper", sub_org="NORTH")

    here = browser.ask("POST", "/movements", {**RECEIPT, "target": "IN-NORTH"})
    there = browser.ask("POST", "/movements", {**RECEIPT, "target": "IN-SOUTH"})

    assert here.status == 201
    assert (there.code, there.pointers) == ("unknown-reference", ["/target"])


def test_a_session_is_not_sent_as_a_token_nor_a_token_as_a_session(keeper: Browser) -> None:
    as_token = keeper.org.client.get(f"{keeper.org.path}/items", token=keeper.cookie)
    keeper.cookie = keeper.org.tokens["auditor"]
    as_session = keeper.ask("GET", "/items")

    assert as_token.refused == as_session.refused == (401, "unauthenticated")


def test_a_token_decides_where_a_request_brings_both(keeper: Browser) -> None:
    headers = [SAME_ORIGIN, ("Authorization", f"Bearer {keeper.org.tokens['auditor']}")]

    assert keeper.ask("POST", "/movements", RECEIPT, headers=headers).refused == (403, "forbidden")


def test_a_cookie_is_for_the_organisation_in_its_name(keeper: Browser, other_org: ApiOrg) -> None:
    renamed = [("Cookie", f"{cookies.name_of(other_org.code)}={keeper.cookie}"), SAME_ORIGIN]

    assert keeper.ask("GET", "/items", org=other_org).refused == (401, "unauthenticated")
    assert other_org.client.get(f"{other_org.path}/items", headers=renamed).refused == (403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "header",
    [
        *(("Sec-Fetch-Site", value) for value in ("cross-site", "same-site", "", "Same-Origin")),
        *(("Origin", value) for value in ("https://evil.example", "null", "", "http://localhost")),
    ],
)
def test_what_another_sites_page_sends_is_refused(keeper: Browser, method: str, header: Any) -> None:
    reply = keeper.ask(method, "/movements", RECEIPT if method == "POST" else None, headers=[header])

    assert reply.refused == (403, "forbidden")


def test_a_change_that_does_not_say_where_it_comes_from_is_refused(keeper: Browser) -> None:
    assert keeper.ask("POST", "/movements", RECEIPT, headers=[]).refused == (403, "forbidden")
    assert keeper.ask("GET", "/movements", headers=[]).status == 200


VISIT = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]


def test_who_follows_a_link_of_another_site_is_still_signed_in(keeper: Browser) -> None:
    assert keeper.ask("GET", "/movements", headers=VISIT).status == 200
    assert keeper.ask("POST", "/movements", RECEIPT, headers=VISIT).refused == (403, "forbidden")
    assert keeper.ask("DELETE", "/session", headers=VISIT).refused == (403, "forbidden")


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("value", ["no-cors", "cors", "iframe", "image", "empty", "Navigate", ""])
def test_what_is_not_shown_as_a_page_of_its_own_is_no_visit(keeper: Browser, place: int, value: str) -> None:
    headers = [*VISIT]
    headers[place] = (VISIT[place][0], value)

    assert keeper.ask("GET", "/movements", headers=headers).refused == (403, "forbidden")


def test_the_origin_of_this_site_is_enough(keeper: Browser, server: ServerProcess) -> None:
    origin = [("Origin", f"http://localhost:{server.url.rpartition(':')[2]}")]

    assert keeper.ask("POST", "/movements", RECEIPT, headers=origin).status == 201


@pytest.mark.parametrize("limits", [Limits(idle=SHORT, life=LONG), Limits(idle=SHORT, life=SHORT)])
def test_a_session_ends_by_itself(api_door: Database, org: ApiOrg, limits: Limits) -> None:
    browser = sign_in(api_door, org, "auditor", limits=limits)
    assert browser.ask("GET", "/items").status == 200

    time.sleep(SHORT.total_seconds() + CACHE_S)

    assert browser.ask("GET", "/items").refused == (401, "unauthenticated")


def test_a_session_that_is_used_does_not_become_idle(api_door: Database, org: ApiOrg) -> None:
    browser = sign_in(api_door, org, "auditor", limits=Limits(idle=SHORT, life=LONG))

    for _ in range(4):
        time.sleep(CACHE_S)
        assert browser.ask("GET", "/items").status == 200


def test_a_session_lives_no_longer_than_it_may_however_much_it_is_used(
    api_door: Database, org: ApiOrg
) -> None:
    browser = sign_in(api_door, org, "auditor", limits=Limits(idle=SHORT, life=SHORT))
    deadline = time.monotonic() + SHORT.total_seconds() + CACHE_S

    asked_at = time.monotonic()
    while browser.ask("GET", "/items").status == 200:
        assert asked_at < deadline
        time.sleep(0.2)
        asked_at = time.monotonic()


def test_signing_out_ends_the_session_and_takes_the_cookie_away(keeper: Browser) -> None:
    ended = keeper.ask("DELETE", "/session")
    time.sleep(CACHE_S)

    assert ended.status == 200
    assert ended.json["ended_at"] is not None
    assert "max-age=0" in ended.headers["set-cookie"].lower()
    assert keeper.ask("GET", "/session").refused == (401, "unauthenticated")


def test_a_token_has_no_session(org: ApiOrg) -> None:
    assert org.get("/session").refused == (403, "forbidden")


def test_disabling_somebody_ends_every_session_at_once(api_door: Database, keeper: Browser) -> None:
    assert keeper.ask("POST", "/movements", RECEIPT).status == 201

    disable(api_door, keeper.org, keeper.principal_id)

    assert keeper.ask("POST", "/movements", RECEIPT).refused == (401, "unauthenticated")
    time.sleep(CACHE_S)
    assert keeper.ask("GET", "/items").refused == (401, "unauthenticated")


def test_somebody_disabled_cannot_sign_in(api_door: Database, org: ApiOrg) -> None:
    principal_id = person(api_door, org, "auditor")
    disable(api_door, org, principal_id)

    with api_door.installation() as outside, pytest.raises(Refusal, match="Nobody can sign in"):
        sessions.open_session(outside.within(org.org_id), org.org_id, principal_id, "oidc", Limits())


def test_nobody_signs_in_to_an_organisation_that_is_suspended(api_door: Database, org: ApiOrg) -> None:
    principal_id = person(api_door, org, "auditor")
    with api_door.installation() as outside:
        found = orgs.find(outside, org.code)
        assert found is not None
        orgs.suspend(outside, found, "unpaid")

    with pytest.raises(Refusal) as refused, api_door.installation() as outside:
        sessions.open_session(outside.within(org.org_id), org.org_id, principal_id, "oidc", Limits())

    assert refused.value.code == "suspended"


def test_a_secret_that_is_not_the_sessions_opens_nothing(keeper: Browser) -> None:
    known = parse(keeper.cookie)
    assert known is not None
    keeper.cookie = mint(known.org_id, known.token_id, SESSION_PREFIX).text

    assert keeper.ask("GET", "/items").refused == (401, "unauthenticated")
