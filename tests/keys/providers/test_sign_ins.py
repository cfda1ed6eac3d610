"""Signing in by password waits for a provider that is away, and nothing else does of what was let in (V-08)."""

import time
from dataclasses import replace
from typing import Any

from keys.providers.ways import EVERY_WAY, LONGEST_S, Kept
from support.api_orgs import RECEIPT
from support.browsers import Browser
from support.guests import OTHER_PASSWORD, member
from support.sign_ins import CODE, let_vouch
from support.staff import administrator

# Nobody asks it for anything here.
ISSUER = "https://login.invalid"


def shown(kept: Kept, browser: Browser) -> dict[str, Any]:
    """Return what a server shows of people to who was let in before."""
    org, admin = kept.org, administrator(kept.org)
    people = [one for one in admin.must(admin.get("/principals?limit=200"))["data"] if one["kind"] == "user"]
    (link,) = admin.must(admin.get(f"/providers/{CODE}/subjects"))["data"]
    own = replace(browser, org=org).ask("GET", "/password")
    assert own.status == 200, own
    return {
        "names": {one["name"] for one in people},
        "name beside a link": link["principal"]["name"],
        "subject": link["subject"],
        "login": own.json["login"],
    }


@EVERY_WAY
def test_only_who_signs_in_by_password_waits_for_a_provider_that_is_away(kept: Kept) -> None:
    """What there was before goes on, without names; all is there again without another start."""
    first = kept.server()
    ada = member(kept.org, "storekeeper")
    browser = ada.sign_in()
    assert let_vouch(kept.org, ISSUER).link("ada@idp", ada.principal_id).status == 201
    light = shown(kept, browser)
    first.stop()
    kept.way.go_dark()
    # Names that are opened before it is ready stay open for a while: here none can be.
    server = kept.server()
    ada.org = kept.org

    # As often as is free for somebody: an attempt counts, whatever becomes of it.
    dark = [one.try_sign_in() for one in [ada] * 3 + [replace(ada, login="nobody")]]

    assert [one.refused for one in dark] == [(503, "key-unavailable")] * 4
    assert {one.headers["retry-after"] for one in dark} == {"5"}
    assert shown(kept, browser) == {**dict.fromkeys(light), "names": {None}}
    assert kept.org.movement(RECEIPT)["quantity"] == "24"
    posted = replace(browser, org=kept.org).ask("POST", "/movements", RECEIPT)
    assert (posted.status, posted.json["actor"]["name"]) == (201, None)
    size = kept.org.log_size()
    invited = administrator(kept.org).post(f"/principals/{ada.principal_id}/invitations", {"login": "ada"})
    assert invited.refused == (503, "key-unavailable")
    assert kept.org.log_size() == size
    kept.way.come_back()
    deadline = time.monotonic() + LONGEST_S
    while shown(kept, browser) != light:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert ada.try_sign_in().status == 200
    assert ada.try_sign_in(OTHER_PASSWORD).refused == (401, "unauthenticated")
    assert server.process.is_alive()
    assert light == {
        "names": {"Ada"},
        "name beside a link": "Ada",
        "subject": "ada@idp",
        "login": "ada",
    }
