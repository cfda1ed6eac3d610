"""Jobs at the command line: `velaurum up` works them, `velaurum job` shows them (V-01)."""

import os
import signal
import time
from pathlib import Path

import pytest

from support.command import STOP_S, Command, Installation, Tenant, served, up
from support.workshop import eventually
from velaurum.db import embedded


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_a_verification_that_is_asked_for_is_worked_and_its_entry_is_named(tenant: Tenant) -> None:
    asked = tenant.admin("job", "verify", "--key", "monday", "--json").document
    done = tenant.admin("job", "show", asked["id"], "--follow", "--json").document

    assert (done["kind"], done["state"]) == ("verification", "succeeded")
    assert (done["result"]["findings"], done["result"]["codes"]) == (0, [])
    assert tenant.admin("job", "verify", "--key", "monday", "--json").document["id"] == asked["id"]
    listed = tenant.admin("job", "list", "--state", "succeeded", "--json").document["data"]
    assert [one["id"] for one in listed] == [asked["id"]]


def test_people_are_told_how_a_job_is(tenant: Tenant) -> None:
    asked = tenant.admin("job", "verify", "--json").document
    told = tenant.admin("job", "show", asked["id"], "--follow")

    assert told.code == 0
    assert "succeeded" in told.stdout
    assert asked["id"] in tenant.admin("job", "list").stdout


def test_what_has_ended_is_neither_called_off_nor_tried_again(tenant: Tenant) -> None:
    asked = tenant.admin("job", "verify", "--json").document
    tenant.admin("job", "show", asked["id"], "--follow")

    for verb in ("cancel", "retry"):
        refused = tenant.admin("job", verb, asked["id"], "--json")
        assert (refused.code, refused.envelope["code"]) == (5, "conflict")


def test_a_job_that_does_not_exist_is_not_found(tenant: Tenant) -> None:
    answer = tenant.admin("job", "show", "019a9f00-0000-7000-8000-000000000000", "--json")

    assert (answer.code, answer.envelope["code"]) == (3, "not-found")


def test_a_worker_of_its_own_works_what_the_server_leaves(place: Path) -> None:
    with served(place, worker="off") as installation:
        tenant = installation.tenant()
        asked = tenant.admin("job", "verify", "--json").document
        time.sleep(1)
        before = tenant.admin("job", "show", asked["id"], "--json").document["state"]
        worker = installation.command.start("worker")
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            done = tenant.admin("job", "show", asked["id"], "--follow", "--json").document["state"]
            worker.send_signal(signal.SIGTERM)
            worker.communicate(timeout=STOP_S)
        finally:
            worker.kill()

    assert (before, done, worker.returncode) == ("queued", "succeeded", 0)


def test_a_worker_that_is_killed_is_followed_by_another_one(place: Path) -> None:
    with served(place) as installation:
        tenant = installation.tenant()
        (first,) = eventually(lambda: workers(installation.pid))
        os.kill(first, signal.SIGKILL)
        asked = tenant.admin("job", "verify", "--json").document
        done = tenant.admin("job", "show", asked["id"], "--follow", "--json").document["state"]

    assert done == "succeeded"


def test_a_worker_ends_with_a_server_that_is_killed(command: Command, place: Path) -> None:
    with up(command, "--insecure-http") as (process, _):
        (worker,) = eventually(lambda: workers(process.pid))
        process.kill()
        process.communicate(timeout=STOP_S)
        eventually(lambda: not Path(f"/proc/{worker}").exists())

    # What a killed server leaves is its database, which the next one takes over.
    with embedded.start(place / "data"):
        pass


def test_a_word_that_means_nothing_is_refused_before_anything_starts(installation: Installation) -> None:
    for words, said in ((("--job-lease", "soon"), "job_lease"), (("--light-jobs", "many"), "light_jobs")):
        answer = installation.command("worker", *words)
        assert answer.code == 2
        assert said in answer.sentence


def workers(pid: int) -> list[int]:
    """Return the processes that a server began in the way that Python begins processes of its own."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children = map(int, task.read_text().split())
        found += [one for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return found


def test_what_runs_by_itself_is_listed(installation: Installation) -> None:
    def names() -> set[str]:
        found = installation.command("schedule", "list", "--json").document["data"]
        return {one["name"] for one in found if one["outcome"] == "done"}

    assert eventually(lambda: names() >= {"integration", "anchoring", "job-rescue"})
    assert "job-rescue" in installation.command("schedule", "list").stdout
