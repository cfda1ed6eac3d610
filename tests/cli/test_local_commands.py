"""Commands on the data directory: while a server runs on it, and without one."""

import secrets
from pathlib import Path

import pytest

from support.command import REGION, Command, Installation
from velaurum.db import embedded
from velaurum.identity.secrets import parse


def new_code() -> str:
    return f"org-{secrets.token_hex(6)}"


def test_bootstrap_prints_the_administrators_token(installation: Installation) -> None:
    token = parse(installation.bootstrapped.document["token"])

    assert token is not None
    assert token.is_platform


def test_a_second_bootstrap_refuses_and_says_what_to_do(installation: Installation) -> None:
    answer = installation.command("bootstrap")

    assert answer.code == 5
    assert answer.sentence.startswith("This installation has its administrator already; use the token")


def test_commands_work_without_a_server_and_leave_nothing_running(command: Command, place: Path) -> None:
    token = command("bootstrap", "--json").document["token"]
    created = command("org", "create", "acme", "--region", REGION, "--json").document
    listed = command("org", "list", "--json").document["data"]

    assert token.startswith("vlm_")
    assert [one["id"] for one in listed] == [created["id"]]
    assert embedded.find_running(place / "data") is None


def test_a_region_is_written_as_people_say_it(installation: Installation) -> None:
    code = new_code()

    created = installation.command("org", "create", code, "--region", " Canada Central", "--json").document

    assert set(created) == {"id", "code", "region"}
    assert (created["code"], created["region"]) == (code, "canada-central")


def test_a_created_organisation_is_listed(installation: Installation) -> None:
    code = new_code()
    created = installation.command("org", "create", code, "--region", REGION, "--json").document

    listed = installation.command("org", "list", "--json").document["data"]
    table = installation.command("org", "list").stdout.splitlines()

    assert created["id"] in [one["id"] for one in listed if one["code"] == code]
    assert table[0].split() == ["code", "region", "created", "at", "suspended", "at", "id"]
    assert any(line.split()[0] == code for line in table)


def test_a_code_is_taken_once(installation: Installation) -> None:
    code = new_code()
    assert installation.command("org", "create", code, "--region", REGION, "--json").document

    answer = installation.command("org", "create", code, "--region", REGION, "--json")

    assert answer.code == 5
    assert answer.envelope["code"] == "code-taken"


def test_a_bad_code_is_a_usage_error(installation: Installation) -> None:
    answer = installation.command("org", "create", "Acme!", "--region", REGION)

    assert answer.code == 2
    assert answer.sentence == "A code is 3 to 40 lower-case letters, digits and hyphens, letter first."


def test_a_token_names_its_organisation_and_its_own_id(installation: Installation) -> None:
    code = new_code()
    org = installation.command("org", "create", code, "--region", REGION, "--json").document

    made = installation.command("token", "create", "--org", code, "--role", "auditor", "--json").document

    token = parse(made["token"])
    assert token is not None
    assert set(made) == {"id", "token"}
    assert (token.org_id, token.token_id) == (org["id"], made["id"])


def test_a_token_alone_is_on_stdout_so_that_a_shell_can_take_it(installation: Installation) -> None:
    tenant = installation.tenant()

    answer = installation.command("token", "create", "--org", tenant.code, "--role", "storekeeper")

    assert parse(answer.stdout.strip()) is not None
    assert answer.stdout.strip() not in answer.stderr


def test_an_unknown_organisation_is_not_found(installation: Installation) -> None:
    answer = installation.command("token", "create", "--org", "nobody", "--role", "auditor")

    assert answer.code == 3
    assert answer.sentence == "There is no organisation nobody; `velaurum org list` shows those there are."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "boss"), "The roles are auditor, controller"),
        (("--role", "auditor", "--expires", "soon"), "--expires is 'soon'; write a number and its unit"),
        (("--role", "auditor", "--expires", "366d"), "365 days"),
        (("--role", "auditor", "--expires", "0d"), "365 days"),
        (("--role", "auditor", "--sub-org", "stores"), "There is no such sub-organisation."),
        ((), "--role"),
    ],
)
def test_a_token_that_cannot_be_meant_is_a_usage_error(
    installation: Installation, words: tuple[str, ...], said: str
) -> None:
    tenant = installation.tenant()

    answer = installation.command("token", "create", "--org", tenant.code, *words)

    assert answer.code == 2
    assert said in answer.sentence


def test_an_organisation_must_be_named_for_a_token(installation: Installation) -> None:
    answer = installation.command("token", "create", "--role", "auditor")

    assert answer.code == 2
    assert "--org CODE" in answer.sentence


def test_a_token_that_is_not_there_cannot_be_revoked(installation: Installation) -> None:
    tenant = installation.tenant()

    answers = [
        installation.command("token", "revoke", "--org", tenant.code, token_id)
        for token_id in ("0190a000-0000-7000-8000-000000000000", "nonsense")
    ]

    assert [answer.code for answer in answers] == [3, 3]
