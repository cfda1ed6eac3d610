"""Administrators and break-glass on the command line: both sides, with the real commands."""

import secrets

import pytest

from support.command import Command, Installation, Tenant
from velaurum.identity.secrets import parse

REASON = "Ticket 4711: the balances do not add up"


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def appointed(installation: Installation, tenant: Tenant) -> tuple[str, Command]:
    """Make another administrator; return the id, and the command in their hands."""
    made = installation.command("administrator", "create", f"a-{secrets.token_hex(6)}", "--json").document
    assert set(made) == {"id", "name", "token"}
    return made["id"], installation.command.given(org=tenant.code, token=made["token"])


def test_two_administrators_break_the_glass_and_the_organisation_ends_it(
    installation: Installation, tenant: Tenant
) -> None:
    first = installation.command.given(org=tenant.code, token=installation.bootstrapped.document["token"])
    _, second = appointed(installation, tenant)

    asked = first("break-glass", "request", "--reason", REASON, "--expires", "30m", "--json")
    made = asked.document["id"]
    alone = first("break-glass", "approve", made)
    approved = second("break-glass", "approve", made, "--json").document
    collected = first("break-glass", "collect", made)
    reader = installation.command.given(org=tenant.code, token=collected.stdout.strip())
    seen = reader("item", "list", "--json").document["data"]
    posted = reader("post", "receipt", "BOLT", "1", "--target", "A")
    listed = tenant.admin("break-glass", "list").stdout.splitlines()
    ended = tenant.admin("break-glass", "end", made, "--json").document
    refused = reader("item", "list")

    assert (asked.document["status"], approved["status"], ended["status"]) == ("pending", "open", "ended")
    assert alone.code == 4
    assert parse(collected.stdout.strip()) is not None
    assert [one["code"] for one in seen] == ["BOLT"]
    assert posted.code == 4
    assert listed[0].split() == ["status", "requested", "by", "requested", "at", "reason", "id"]
    assert listed[1].startswith("open")
    assert REASON in listed[1]
    assert refused.code == 4
    assert [one["id"] for one in first("break-glass", "list", "--json").document["data"]] == [made]
    assert first("break-glass", "show", made, "--json").document == ended


def test_the_organisations_administrator_approves_with_the_same_command(
    installation: Installation, tenant: Tenant
) -> None:
    _, first = appointed(installation, tenant)
    made = first("break-glass", "request", "--reason", REASON, "--json").document["id"]

    approved = tenant.admin("break-glass", "approve", made)

    assert approved.code == 0
    assert "org-admin" in approved.stdout
    assert first("break-glass", "collect", made, "--json").document["id"] == made


def test_an_administrator_is_listed_and_revoked_at_once(installation: Installation, tenant: Tenant) -> None:
    administrator_id, command = appointed(installation, tenant)
    made = command("break-glass", "request", "--reason", REASON, "--json").document["id"]

    revoked = installation.command("administrator", "revoke", administrator_id)
    again = installation.command("administrator", "revoke", administrator_id)
    listed = installation.command("administrator", "list", "--json").document["data"]
    refused = command("break-glass", "list")

    assert revoked.code == 0
    assert again.code == 3
    (found,) = (one for one in listed if one["id"] == administrator_id)
    assert found["revoked_at"] is not None
    assert found["created_by"] == found["revoked_by"]
    assert found["created_by"].startswith("account ")
    assert listed[0]["created_by"] == "bootstrap"
    assert refused.code == 4
    assert tenant.admin("break-glass", "show", made, "--json").document["status"] == "ended"


def test_a_name_is_given_to_one_administrator_for_ever(installation: Installation) -> None:
    name = f"a-{secrets.token_hex(6)}"
    made = installation.command("administrator", "create", name, "--json").document
    installation.command("administrator", "revoke", made["id"])

    again = installation.command("administrator", "create", name)

    assert again.code == 5
    assert again.sentence == f"There is or was an administrator {name}; a name is one person for ever."


@pytest.mark.parametrize("name", ["", "x" * 101, "a\tb"])
def test_a_bad_name_is_a_usage_error(installation: Installation, name: str) -> None:
    assert installation.command("administrator", "create", name).code == 2


def test_the_first_administrator_is_made_by_bootstrap(command: Command) -> None:
    answer = command("administrator", "create", "ann")

    assert answer.code == 5
    assert answer.sentence == "There is no administrator yet; `velaurum bootstrap` makes the first."
