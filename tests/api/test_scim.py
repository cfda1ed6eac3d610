"""A directory provisions an organisation, from the first group to the person who leaves."""

from datetime import timedelta

from support.api_orgs import ApiOrg
from support.browsers import Browser
from support.directories import directory, maps, principal_of, roles_of
from support.staff import Staff, administrator
from velaurum.db.connection import Database
from velaurum.identity import sessions
from velaurum.identity.sessions import Limits

LIFE = timedelta(days=1)


def signs_in(door: Database, org: ApiOrg, principal: str) -> Browser:
    """Open a session for a person, as a route does that has seen who they are."""
    with door.installation() as outside:
        within = outside.within(org.org_id)
        secret = sessions.open_session(within, org.org_id, principal, "oidc", Limits())
    return Browser(org, principal, secret.text)


def test_a_person_comes_works_and_leaves_by_the_word_of_the_directory(
    org: ApiOrg, api_door: Database
) -> None:
    admin, entra = administrator(org), directory(org)

    group = entra.groups("Storekeepers")["id"]
    ada = entra.hires("ada@example.com", externalId="7e1c", displayName="Ada Byron", active=True)["id"]
    entra.puts_into(group, ada)
    assert roles_of(org, ada) == []

    maps(admin, group, "storekeeper")
    assert roles_of(org, ada) == ["storekeeper"]

    principal = principal_of(org, ada)
    browser = signs_in(api_door, org, principal)
    scanner = Staff(org, admin.issues(principal, "storekeeper")["token"])
    assert browser.ask("GET", "/items/BOLT").status == 200
    assert scanner.get("/items/BOLT").status == 200

    left = entra.patch(f"/Users/{ada}", {"op": "Replace", "path": "active", "value": "False"})
    assert (left.status, left.json["active"]) == (200, False)
    assert browser.ask("GET", "/items/BOLT").refused == (401, "unauthenticated")
    assert scanner.get("/items/BOLT").refused == (401, "unauthenticated")

    back = entra.patch(f"/Users/{ada}", {"op": "replace", "value": {"active": True}})
    assert (back.status, back.json["active"]) == (200, True)
    assert browser.ask("GET", "/items/BOLT").refused == (401, "unauthenticated")
    assert scanner.get("/items/BOLT").refused == (401, "unauthenticated")

    entra.must(entra.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ada}"]'}))
    assert roles_of(org, ada) == []
    assert entra.ask("DELETE", f"/Users/{ada}").status == 204
    assert entra.get(f"/Users/{ada}").status == 404
    assert admin.get(f"/principals/{principal}").json["disabled_at"] is not None

    lines = admin.must(admin.get("/identity-changes?limit=200"))["data"]
    (gone,) = [one for one in lines if one["subject"]["id"] == principal and one["action"] == "disabled"][:1]
    assert gone["actor"]["name"] == "provisioner"
    assert gone["credential"] == org.token_ids["provisioner"]
    assert gone["request_id"]
