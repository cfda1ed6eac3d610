"""People on the command line: made, given a role and a token, and disabled, with the real commands."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.command import Installation, Tenant
from support.workshop import eventually

GUIDE = Path(__file__).parents[2] / "docs/guide/people-and-access.md"


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_somebody_joins_works_and_leaves(tenant: Tenant) -> None:
    tenant.admin("sub-org", "create", "NORTH", "--name", "North")
    ada = tenant.admin("principal", "create", "Ada", "--sub-org", "NORTH", "--json").document["id"]
    given = tenant.admin("principal", "assign", ada, "auditor", "--sub-org", "NORTH", "--json").document
    made = tenant.admin("token", "issue", ada, "--role", "storekeeper", "--expires", "12h")
    keeper = tenant.keeper.given(token=made.stdout.strip())

    posted = keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json")
    shown = tenant.admin("principal", "show", ada, "--json").document
    disabled = tenant.admin("principal", "disable", ada, "--json").document
    refused = keeper("stock", "--json")
    enabled = tenant.admin("principal", "enable", ada, "--json").document

    assert posted.document["actor"] == {"id": ada, "kind": "user", "name": "Ada"}
    assert shown["assignments"] == [given]
    assert (disabled["disabled_at"] is None, enabled["disabled_at"]) == (False, None)
    assert (refused.code, '"code": "unauthenticated"' in refused.stderr) == (4, True)
    table = tenant.admin("principal", "list").stdout.splitlines()
    assert ["Ada", "user", "NORTH", ada] in [line.split() for line in table]


def test_a_person_is_rectified_restricted_and_told_who_looked(tenant: Tenant) -> None:
    ada = tenant.admin("principal", "create", "Ada Biron", "--json").document["id"]

    tenant.admin("subject", "rectify", ada, "--name", "Ada Byron")
    placed = tenant.admin("subject", "restrict", ada, "--reason", "ticket 88", "--json").document
    lifted = tenant.admin("subject", "lift", ada, "--reason", "verified")

    held = tenant.admin("subject", "bundle", ada).document["held"]
    assert held["principal"][0]["name"] == "Ada Byron"
    assert {one["name"] for one in held["former_values"]} == {"Ada Biron", "Ada Byron"}
    assert placed["is_restricted"]
    assert [line.split()[0] for line in lifted.stdout.splitlines()[1:]] == ["placed", "lifted"]
    assert "changePrincipal" in {one["operation"] for one in held["accessed_by"]}


def test_what_is_held_about_a_person_is_told_in_lines_as_in_the_bundle(tenant: Tenant) -> None:
    ada = tenant.admin("principal", "create", "Ada Byron", "--json").document["id"]
    given = tenant.admin("principal", "assign", ada, "auditor", "--json").document["id"]
    tenant.admin("subject", "restrict", ada, "--reason", "ticket 88")

    def shown() -> list[str]:
        lines = tenant.admin("subject", "show", ada).stdout.splitlines()
        return lines if "operation restrictPrincipal" in "\n".join(lines) else []

    lines = eventually(shown)
    held = tenant.admin("subject", "bundle", ada).document["held"]

    counts = dict(line.split(": ") for line in lines if not line.startswith(" "))
    # Each time that it is told is one more of who read it.
    assert {**counts, "accessed_by": ""} == {
        **{name: str(len(rows)) for name, rows in held.items()},
        "accessed_by": "",
    }
    said = "\n".join(lines)
    assert ("name Ada Byron" in said, f"id {given}" in said, "reason ticket 88" in said) == (True, True, True)


def test_roles_are_created_listed_and_shown(tenant: Tenant) -> None:
    made = tenant.admin("role", "create", "nights", "read", "post", "--name", "Nights", "--json").document

    assert tenant.admin("role", "show", "nights", "--json").document == made
    assert ["nights", "Nights", "read", "post"] in [
        line.split() for line in tenant.admin("role", "list").stdout.splitlines()
    ]
    refused = tenant.admin("role", "create", "both", "post", "manage-catalog", "--name", "B", "--json")
    assert (refused.code, '"pointer": "/permissions"' in refused.stderr) == (2, True)


def test_tokens_are_listed_and_withdrawn(tenant: Tenant) -> None:
    service = tenant.admin("principal", "create", "scanner", "--kind", "service", "--json").document["id"]
    issued = tenant.admin(
        "token", "issue", service, "--role", "integration", "--key", "once", "--json"
    ).document
    again = tenant.admin("token", "issue", service, "--role", "integration", "--key", "once")

    withdrawn = tenant.admin("token", "withdraw", issued["id"], "--json").document
    listed = tenant.admin("token", "list", "--json").document["data"]

    assert (again.code, again.stdout) == (0, "")
    assert "shown once and is gone" in again.stderr
    assert withdrawn in listed
    assert withdrawn["revoked_at"] is not None


def test_a_token_at_the_data_directory_takes_a_role_of_the_organisations_own(
    installation: Installation, tenant: Tenant
) -> None:
    tenant.admin("role", "create", "nights", "read", "--name", "Nights")

    made = installation.command("token", "create", "--org", tenant.code, "--role", "nights", "--json")
    unknown = installation.command("token", "create", "--org", tenant.code, "--role", "king", "--json")

    assert made.document.keys() == {"id", "token"}
    assert (unknown.code, "nights" in unknown.stderr) == (2, True)


def test_the_guide_works_as_it_is_written(tenant: Tenant, tmp_path: Path) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in (("velaurum", "-m velaurum"), ("python", "")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(0o755)
    shell = replace(tenant.admin, directory=tmp_path)
    prelude = f"set -eu; PATH='{programs}':$PATH\n"

    ran = shell(prelude + script, program=("bash", "-c"))

    assert ran.code == 0, ran.stderr
    keeper = tenant.keeper.given(token=(tmp_path / "token").read_text().strip())
    assert '"code": "unauthenticated"' in keeper("stock", "--json").stderr
    assert "night-shift" in ran.stdout


def test_people_are_invited_at_the_data_directory_and_over_http(tenant: Tenant) -> None:
    org = tenant.admin.settings["VELAURUM_ORG"]
    command = tenant.admin
    by_hand = command("invitation", "create", "ada", "--org", org, "--name", "Ada")
    again = command("invitation", "create", "ADA", "--org", org, "--json").document
    eve = command("principal", "create", "Eve", "--json").document["id"]
    issued = command("invitation", "issue", eve, "--login", "eve", "--json").document

    assert re.fullmatch(r"vlp_[0-9A-Za-z]{92}\n", by_hand.stdout)
    assert (again["login"], again["secret"] == by_hand.stdout.strip()) == ("ada", False)
    assert (issued["login"], issued["principal"]) == ("eve", {"id": eve, "name": "Eve"})
    people = [line.split()[0] for line in command("principal", "list").stdout.splitlines()]
    assert people.count("Ada") == 1
    refused = command("invitation", "create", "bob", "--org", org, "--role", "no-such-role", "--json")
    assert (refused.code, "There is no such role" in refused.stderr) == (2, True)
