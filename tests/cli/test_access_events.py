"""Access events at the command line: what was carried away by hand, and who was shown whom (V-08, V-25)."""

from pathlib import Path

import pytest

from support.command import Installation, Tenant
from support.workshop import eventually


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_an_export_by_hand_is_listed_with_its_size(
    installation: Installation, tenant: Tenant, tmp_path: Path
) -> None:
    assert tenant.admin("access-event", "list", "--kind", "export", "--json").document["data"] == []

    done = installation.command("export", tenant.code, "--to", str(tmp_path / "out"), "--json").document
    (found,) = tenant.admin("access-event", "list", "--kind", "export", "--json").document["data"]
    shown = tenant.admin("access-event", "list", "--kind", "export").stdout.splitlines()

    assert (found["operation"], found["log_size"], found["is_encrypted"]) == (
        "exportOrg",
        done["size"],
        False,
    )
    assert shown[0].split() == ["at", "kind", "operation", "status", "who", "request"]
    assert shown[1].split()[1:] == ["export", "exportOrg", "200", found["actor"]["name"], found["request_id"]]


def test_who_was_shown_a_person_is_listed(tenant: Tenant) -> None:
    ada = tenant.admin("principal", "create", "Ada", "--json").document["id"]
    tenant.admin("principal", "show", ada)

    rows = eventually(
        lambda: tenant.admin("access-event", "list", "--person", ada, "--json", "--limit", "1").document[
            "data"
        ]
    )

    assert [(one["kind"], one["subject"]) for one in rows] == [("record", ada)]
    assert (
        tenant.admin(
            "access-event", "list", "--person", ada, "--to", "2026-01-01T00:00:00Z", "--json"
        ).document["data"]
        == []
    )
    refused = tenant.admin("access-event", "list", "--person", ada, "--kind", "record", "--json")
    assert (refused.code, '"code": "invalid-field"' in refused.stderr) == (2, True)
