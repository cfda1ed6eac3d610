"""Failures: one sentence with the mend, the right exit code, and never a traceback."""

import json
from pathlib import Path

import pytest

from support.command import Command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("org", "list", "--jsn"), "Did you mean --json?"),
        (("org", "create", "acme"), "--region"),
        (("org", "create", "--region", "eu-west"), "code"),
        (("post", "receipt", "BOLT"), "quantity"),
    ],
)
def test_words_that_cannot_be_meant_end_with_two_and_say_how_they_are_written(
    command: Command, words: tuple[str, ...], said: str
) -> None:
    answer = command(*words)

    assert answer.code == 2
    assert said.lower() in answer.sentence.lower()
    assert "--help` shows how it is written." in answer.sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("orgs",), "There is no command 'orgs' in `velaurum`: did you mean 'org'?"),
        (("org", "lst"), "There is no command 'lst' in `velaurum org`: did you mean 'list'?"),
        (
            ("org", "xyzzy", "--json"),
            "There is no command 'xyzzy' in `velaurum org`: there are create, list, show, suspend, resume.",
        ),
    ],
)
def test_a_command_that_does_not_exist_is_corrected(
    command: Command, words: tuple[str, ...], said: str
) -> None:
    answer = command(*words)

    assert answer.code == 2
    assert said in answer.stderr


def test_a_failure_for_programs_is_one_envelope(command: Command) -> None:
    answer = command("migrate", "--check", "--json")

    assert answer.code == 1
    assert set(answer.envelope) == {"code", "detail"}
    assert answer.envelope["code"] == "failed"


def test_a_command_that_reads_creates_nothing(command: Command, place: Path) -> None:
    answers = [command("migrate", "--check"), command("doctor")]

    assert [answer.code for answer in answers] == [1, 1]
    assert not (place / "data").exists()


def test_a_setting_comes_from_the_flag_then_the_environment_then_the_file(
    command: Command, place: Path
) -> None:
    def data_dir_of(told: Command, *words: str) -> str:
        return told("migrate", "--check", *words).sentence

    bare = Command({}, place)
    (place / "velaurum.toml").write_text(f"data_dir = '{place}/filed'\n")

    assert f"{place}/filed " in data_dir_of(bare)
    assert f"{place}/data " in data_dir_of(command)
    assert f"{place}/flagged " in data_dir_of(command, "--data-dir", f"{place}/flagged")


def test_a_settings_file_with_an_unknown_setting_is_a_usage_error(command: Command, place: Path) -> None:
    (place / "velaurum.toml").write_text("dataa_dir = 'x'\n")

    answer = command("org", "list")

    assert answer.code == 2
    assert "dataa_dir" in answer.sentence


def test_a_database_that_cannot_be_reached_is_one_sentence(command: Command) -> None:
    answer = command("org", "list", "--database-url", "postgresql://somebody@127.0.0.1:1/velaurum")

    assert answer.code == 1
    assert answer.sentence.startswith("The database does not answer: ")
    assert "Connection refused" in answer.sentence


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "`velaurum token create --org CODE --role ROLE`"),
        ({"token": "vlm_x"}, "--org CODE"),
        ({"token": "vlm_x", "org": "acme", "url": "127.0.0.1:8420"}, "write it like https://127.0.0.1:8420"),
        ({"token": "vlm_x", "org": "acme", "url": "https://a:b@127.0.0.1"}, "write it like"),
        ({"token": "vlm_x", "org": "acme", "listen": "8420"}, "write HOST:PORT"),
    ],
)
def test_a_client_says_what_it_misses_before_it_sends_anything(
    command: Command, settings: dict[str, str], said: str
) -> None:
    answer = command.given(**settings)("stock")

    assert answer.code == 2
    assert said in answer.sentence


def test_a_server_that_is_not_there_is_named_with_the_mend(command: Command) -> None:
    told = command.given(token="vlm_x", org="acme", url="https://127.0.0.1:1")  # noqa: S106 - no secret

    read, wrote = (
        told("stock"),
        told("post", "receipt", "BOLT", "1", "--target", "A", "--key", "k-1", "--json"),
    )

    assert (read.code, wrote.code) == (1, 1)
    assert "start it with `velaurum up`" in read.sentence
    assert json.loads(wrote.stderr.splitlines()[0]) == {"idempotency_key": "k-1"}
    assert "repeat with --key k-1" in wrote.envelope["detail"]


def test_a_reader_who_leaves_is_no_failure_to_talk_about(command: Command) -> None:
    process = command.start("--help")
    assert process.stdout is not None

    process.stdout.close()

    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait()
    process.stderr.close()
