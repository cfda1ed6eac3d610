"""Departments and suspension on the command line: the operator's way through both, with the real commands."""

import pytest

from support.command import Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_a_department_is_created_listed_and_shown(tenant: Tenant) -> None:
    tenant.admin("sub-org", "create", "NORTH", "--name", "North")
    made = tenant.admin("sub-org", "create", "N-1", "--name", "First", "--parent", "NORTH", "--json").document

    listed = tenant.admin("sub-org", "list", "--json").document["data"]
    shown = tenant.admin("sub-org", "show", "N-1", "--json").document
    table = tenant.admin("sub-org", "list").stdout.splitlines()

    assert [one["code"] for one in listed] == ["N-1", "NORTH"]
    assert shown == made
    assert [line.split()[:3] for line in table] == [
        ["code", "name", "parent"],
        ["N-1", "First", "NORTH"],
        ["NORTH", "North", listed[1]["id"]],
    ]


def test_a_token_of_a_department_works_in_it_alone(installation: Installation, tenant: Tenant) -> None:
    tenant.admin("sub-org", "create", "NORTH", "--name", "North")
    words = ("N", "--name", "Hall", "--kind", "storage", "--sub-org", "NORTH", "--json")
    place = tenant.admin("location", "create", *words).document
    made = installation.command(
        *("token", "create", "--org", tenant.code, "--role", "storekeeper", "--sub-org", "NORTH", "--json")
    ).document
    keeper = tenant.keeper.given(token=made["token"])

    posted = keeper("post", "receipt", "BOLT", "24", "--target", "N", "--json")
    elsewhere = keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json")
    seen = [one["code"] for one in keeper("location", "list", "--json").document["data"]]

    assert place["sub_org"]["code"] == "NORTH"
    assert posted.document["target"]["on_hand"] == "24"
    assert (elsewhere.code, '"pointer": "/target"' in elsewhere.stderr) == (2, True)
    assert "N" in seen
    assert not {"A", "B"} & set(seen)


def test_who_made_a_token_for_a_department_is_told_so(installation: Installation, tenant: Tenant) -> None:
    tenant.admin("sub-org", "create", "NORTH", "--name", "North")

    made = installation.command(
        "token", "create", "--org", tenant.code, "--role", "auditor", "--sub-org", "NORTH"
    )

    assert made.code == 0
    assert f"A token of {tenant.code} in NORTH as auditor" in made.stderr


def test_an_organisation_is_suspended_shown_and_resumed(installation: Installation, tenant: Tenant) -> None:
    suspended = installation.command("org", "suspend", tenant.code, "--reason", "unpaid")
    refused = tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A", "--json")
    listed = installation.command("org", "list", "--json").document["data"]
    again = installation.command("org", "suspend", tenant.code, "--reason", "unpaid")
    resumed = installation.command("org", "resume", tenant.code, "--reason", "paid", "--json").document
    shown = installation.command("org", "show", tenant.code, "--json").document

    assert suspended.stdout == f"{tenant.code} is suspended.\n"
    assert (refused.code, '"code": "suspended"' in refused.stderr) == (4, True)
    assert [one["code"] for one in listed if one["suspended_at"]] == [tenant.code]
    assert (again.code, again.sentence) == (5, f"{tenant.code} is suspended already.")
    assert (resumed["code"], resumed["state"]) == (tenant.code, "resumed")
    assert tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A").code == 0
    assert shown["suspended_at"] is None
    assert [(one["action"], one["actor"], one["reason"]) for one in shown["suspensions"]] == [
        ("resumed", "platform-operator", "paid"),
        ("suspended", "platform-operator", "unpaid"),
    ]


def test_the_history_of_an_organisation_is_a_table_too(installation: Installation, tenant: Tenant) -> None:
    installation.command("org", "suspend", tenant.code, "--reason", "unpaid for a year")
    rows = installation.command("org", "show", tenant.code).stdout.splitlines()
    installation.command("org", "resume", tenant.code, "--reason", "paid")

    assert ["code", tenant.code] in [row.split() for row in rows]
    assert rows[-1].split()[1:] == ["suspended", "platform-operator", "unpaid", "for", "a", "year"]


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_a_suspension_needs_a_reason(installation: Installation, tenant: Tenant, verb: str) -> None:
    assert installation.command("org", verb, tenant.code).code == 2
    assert installation.command("org", verb, tenant.code, "--reason", "").code == 2
