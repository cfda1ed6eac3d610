"""The tour, run for real: what it shows is so, and when it ends nothing of it is left."""

import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.command import Command

pytestmark = pytest.mark.timeout(180)

# The installation of somebody who did not ask for the data set.
WITHOUT_DATA_SET = """
import sys
from velaurum.exchange import journey
journey.is_installed = lambda: False
from velaurum.cli.command_line import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def touring(command: Command, place: Path) -> Command:
    """Run the tour where its throw-away directory can be looked for."""
    (place / "tmp").mkdir(mode=0o755)
    return replace(command, settings={"TMPDIR": str(place / "tmp")})


def left_behind(place: Path) -> list[str]:
    """Return the files in the place, and the processes that name it."""
    files = [str(path) for path in (place / "tmp").iterdir()]
    told = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    return files + [line.decode() for line in told if str(place).encode() in line]


@pytest.fixture(params=["real year", "railway"])
def toured(request: pytest.FixtureRequest, touring: Command) -> Any:
    if request.param == "real year":
        return touring("demo", "--json").document
    return touring("demo", "--json", program=(sys.executable, "-c", WITHOUT_DATA_SET)).document


def test_the_tour_shows_what_it_claims(toured: Any, place: Path) -> None:
    assert toured["import"]["posted"] > 10
    assert toured["import"]["rejected"] == 1
    assert toured["replay"]["replayed"] is True
    assert toured["replay"]["again"] == toured["replay"]["id"]
    assert (toured["overdraw"]["status"], toured["overdraw"]["code"]) == (409, "insufficient-stock")
    assert toured["overdraw"]["available"] == toured["stock"]["now"]
    assert int(toured["stock"]["before"]) == int(toured["stock"]["now"]) + 2
    assert [attempt["sqlstate"] for attempt in toured["attempts"]] == ["42501", "VL001"]
    assert toured["reversal"]["reverses"] == toured["replay"]["id"]
    assert toured["reversal"]["on_hand"] == toured["stock"]["before"]
    assert toured["proof"]["size"] > toured["import"]["posted"]
    assert toured["proof"]["named"] == toured["replay"]["id"]
    assert toured["seconds"] < 120
    assert left_behind(place) == []


def test_a_person_reads_the_tour_in_plain_lines(touring: Command) -> None:
    ended = touring("demo")

    assert ended.code == 0, ended.stderr
    assert ended.stderr == ""
    assert "\x1b" not in ended.stdout
    for said in (
        "< 201 Created",
        "< Idempotent-Replayed: true",
        "< 409 Conflict",
        "ERROR VL001: UPDATE on ledger",
        "Verified: ",
        "Not verified: Entry ",
    ):
        assert f"    {said}" in ended.stdout
    assert "velaurum import run" in ended.stdout.rpartition("Where to go next")[2]


def test_a_directory_that_was_asked_for_is_kept_and_toured_again(touring: Command, place: Path) -> None:
    first, second = (touring("demo", "--json", "--data", str(place / "kept")).document for _ in range(2))

    assert first["org"] != second["org"]
    assert (place / "kept" / "postgres").is_dir()
    assert left_behind(place) == []


def test_an_interrupted_tour_leaves_nothing_behind(touring: Command, place: Path) -> None:
    process = touring.start("demo")
    assert process.stdout is not None
    while "ready http" not in process.stdout.readline():
        assert process.poll() is None

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert left_behind(place) == []
