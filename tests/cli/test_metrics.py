"""Metrics, scraped over HTTP from a real server and a real worker, and read by the library's own parser (V-01)."""

import signal
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support import old_rows, ports
from support.command import STOP_S, Command, Installation, Tenant, served
from support.ledger_sql import SUPERUSER
from support.workshop import eventually
from velaurum.db import embedded
from velaurum.ops.metrics import FRESH_S

Samples = Mapping[tuple[str, ...], float]


class OverUnix(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self._path))


def ask(where: str | Path, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    """Return the status and the body of one request; `where` is HOST:PORT or a Unix socket."""
    made = OverUnix(where) if isinstance(where, Path) else HTTPConnection(where, timeout=20)
    with closing(made) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def scrape(where: str | Path) -> Samples:
    """Return every sample by its name and the values of its labels."""
    status, text = ask(where)
    assert status == 200
    return {
        (sample.name.removeprefix("velaurum_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(where: str | Path) -> set[tuple[str, str]]:
    return {
        (name, value)
        for family in text_string_to_metric_families(ask(where)[1])
        for sample in family.samples
        for name, value in sample.labels.items()
    }


@contextmanager
def measured(place: Path) -> Iterator[tuple[Installation, str]]:
    with ports.fresh_port() as port:
        where = f"{ports.HOST}:{port}"
        with served(place, worker="off", metrics_listen=where) as installation:
            yield installation, where


@contextmanager
def superuser(installation: Installation) -> Iterator[old_rows.Superuser]:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    with psycopg.connect(
        cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE), autocommit=True
    ) as connection:
        yield connection


@contextmanager
def worker(command: Command, *words: str) -> Iterator[None]:
    process = command.start("worker", *words)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    finally:
        process.kill()
        process.communicate(timeout=STOP_S)


def with_webhook(installation: Installation) -> Tenant:
    tenant = installation.tenant()
    made = tenant.admin("webhook", "create", "erp", "--to", "https://receiver.invalid/hook", "--json")
    assert made.code == 0, made.stderr
    return tenant


def test_the_server_and_a_worker_show_how_the_work_stands(place: Path) -> None:
    with measured(place) as (installation, where), superuser(installation) as direct:
        tenants = [with_webhook(installation) for _ in range(2)]
        _wait_for_work(tenants, direct)
        begun = time.monotonic()
        time.sleep(1.1)
        behind = [
            tenant.admin("event", "subscribers", "--json").document["data"][0]["behind"] for tenant in tenants
        ]
        waited_s = time.monotonic() - begun
        seen = scrape(where)
        _check_what_waits(seen, len(tenants), waited_s)
        assert behind[0] > 0
        assert seen[("subscriber_entries_behind", "relay")] == sum(behind)
        assert seen[("subscriber_entries_behind_most", "relay")] == max(behind)
        _check_no_marker(where, installation, tenants)
        other = place / "metrics.sock"
        with worker(installation.command, "--metrics-listen", f"unix:{other}"):
            assert stat.S_IMODE(other.stat().st_mode) == 0o600
            eventually(lambda: scrape(other)[("jobs_ended_last_hour", "heavy", "succeeded")] == 4)
            _check_what_is_done(scrape(other), len(tenants))
        assert not other.exists()


def _wait_for_work(tenants: list[Tenant], direct: old_rows.Superuser) -> None:
    for tenant in tenants:
        for key in ("one", "two"):
            tenant.admin("job", "verify", "--key", key, "--json").document  # noqa: B018 - it says whether it worked
        tenant.admin("webhook", "trigger", "erp", "--json").document  # noqa: B018 - the same
        old_rows.deliveries(direct, tenant.org_id, 3, days=1, state="dead")
        old_rows.messages(direct, tenant.org_id, [1, 2], days=0.5)
        old_rows.messages(direct, tenant.org_id, [3, 4, 5], days=0.25, is_dead=False)


def _check_what_waits(seen: Samples, orgs: int, waited_s: float) -> None:
    assert seen[("organisations",)] == orgs
    assert seen[("database_up",)] == 1
    assert seen[("jobs", "heavy", "waiting")] == 2 * orgs
    assert (seen[("jobs", "light", "waiting")], seen[("jobs", "heavy", "running")]) == (0, 0)
    assert waited_s <= seen[("jobs_oldest_wait_seconds", "heavy")] < 300
    assert seen[("worker_lanes",)] == 0
    assert seen[("webhook_deliveries_pending",)] == orgs
    assert seen[("webhook_deliveries_due",)] == orgs
    assert seen[("webhook_deliveries_dead",)] == 3 * orgs
    assert waited_s <= seen[("webhook_oldest_due_seconds",)] < 300
    assert (seen[("dead_letters",)], seen[("messages_under_way",)]) == (2 * orgs, 3 * orgs)
    assert 21_600 <= seen[("messages_oldest_seconds",)] < 22_000
    assert seen[("schedule_failed", "integration")] == 0
    # What the tenants' commands asked for: creating a webhook, two jobs and a test each answered 201 or 202.
    assert seen[("http_requests_total", "2xx")] >= 4 * orgs


def _check_no_marker(where: str, installation: Installation, tenants: list[Tenant]) -> None:
    text = ask(where)[1]
    for tenant in tenants:
        assert tenant.code not in text
        assert tenant.org_id not in text
    assert str(installation.data_dir) not in text
    known = {"light", "heavy", "waiting", "scheduled", "running", "succeeded", "failed", "cancelled", "lost"}
    known |= {"delivered", "answered", "unanswered", "1xx", "2xx", "3xx", "4xx", "5xx", "none"}
    said = {(name, value) for name, value in labels(where) if value not in known}
    assert {name for name, _ in said} <= {"version", "schedule", "subscriber", "code"}
    assert {value for name, value in said if name == "subscriber"} <= {"relay"}


def _check_what_is_done(seen: Samples, orgs: int) -> None:
    assert seen[("jobs", "heavy", "waiting")] == 0
    assert seen[("worker_lanes",)] == 2
    assert seen[("webhook_attempts_last_hour", "lost")] == 0
    assert seen[("schedule_failed", "retention")] == 0
    assert seen[("webhook_deliveries_dead",)] == 3 * orgs
    assert ("http_requests_total", "2xx") not in seen


def test_refusals_are_counted_by_their_codes(place: Path) -> None:
    with measured(place) as (installation, where):
        tenant = installation.tenant()
        before = scrape(where)
        for _ in range(3):
            assert tenant.admin("job", "show", "019a9f00-0000-7000-8000-000000000000", "--json").code == 3
        assert tenant.keeper("job", "verify", "--json").code == 4
        seen = scrape(where)

    assert (
        seen[("http_refusals_total", "not-found")] - before.get(("http_refusals_total", "not-found"), 0) == 3
    )
    assert (
        seen[("http_refusals_total", "forbidden")] - before.get(("http_refusals_total", "forbidden"), 0) == 1
    )
    assert seen[("http_requests_total", "4xx")] - before.get(("http_requests_total", "4xx"), 0) == 4
    assert seen[("statements_total", "answered")] > before[("statements_total", "answered")]


def test_a_scrape_looks_at_the_database_once_in_a_while(place: Path) -> None:
    with measured(place) as (installation, where):
        began = time.monotonic()
        first = scrape(where)
        installation.tenant()
        again = [scrape(where) for _ in range(50)]
        assert time.monotonic() - began < FRESH_S, "the machine is too slow to tell"
        eventually(lambda: scrape(where)[("organisations",)] == 1)

    assert {one[("organisations",)] for one in (first, *again)} == {0}


def test_it_answers_nobody_but_who_asks_loopback_for_metrics(place: Path) -> None:
    with measured(place) as (_, where):
        assert ask(where, Host="metrics.example.com")[0] == 421
        assert ask(where, Host="")[0] == 421
        for path in ("/", "/v1/orgs", "/healthz", "/metrics/", "/metrics?name[]=x"):
            assert ask(where, path)[0] == 404


def test_whoever_says_nothing_keeps_no_scrape_waiting_for_long(place: Path) -> None:
    with measured(place) as (_, where):
        host, _, port = where.rpartition(":")
        silent = [socket.create_connection((host, int(port)), timeout=5) for _ in range(2)]
        try:
            began = time.monotonic()
            assert scrape(where)[("database_up",)] == 1
            assert time.monotonic() - began < 15
        finally:
            for one in silent:
                one.close()


def test_where_nobody_asks_for_metrics_nothing_listens(place: Path) -> None:
    with served(place, worker="off") as installation:
        listening = {
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/{installation.pid}/net/{table}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and _is_of(installation.pid, line.split()[9])
        }

    assert len(listening) == 1  # the API


def _is_of(pid: int, inode: str) -> bool:
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(fd.readlink()))
        except FileNotFoundError:
            continue
    return f"socket:[{inode}]" in links


@pytest.mark.parametrize("verb", ["up", "worker"])
@pytest.mark.parametrize(
    "listen", ["0.0.0.0:9420", "10.0.0.1:9420", "example.com:9420", "9420", "unix:here", "[::]:1"]
)
def test_an_address_that_others_reach_is_refused(command: Command, verb: str, listen: str) -> None:
    refused = command(verb, "--metrics-listen", listen)

    assert refused.code == 2
    assert "metrics_listen" in refused.sentence
    assert "loopback" in refused.sentence


def test_a_file_that_is_no_socket_stays(command: Command, place: Path) -> None:
    precious = place / "precious"
    precious.write_text("kept")

    refused = command("up", "--listen", "127.0.0.1:0", "--metrics-listen", f"unix:{precious}")

    assert refused.code != 0
    assert "metrics_listen" in refused.stderr
    assert precious.read_text() == "kept"
