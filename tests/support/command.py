"""The command line as its users see it: words in; an exit code, stdout and stderr out."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from support import transports
from support.ledger_sql import APP
from support.logs import PATIENCE_S
from support.tenants import LIFE, create_context
from velaurum.audit import logs
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.keys import opening as keyrings
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgId

TIMEOUT_S = 90.0
STOP_S = 10.0  # what the contract promises
REGION = "canada-central"
_MODULE = (sys.executable, "-m", "velaurum")


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of the command left behind; CPU time is that of the process itself."""

    code: int
    stdout: str
    stderr: str
    cpu_s: float

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        assert self.code == 0, self.stderr
        assert self.stdout.count("\n") == 1
        return json.loads(self.stdout)

    @property
    def envelope(self) -> Any:
        """The JSON envelope of a failure, the last line on stderr."""
        assert self.stdout == ""
        return json.loads(self.stderr.splitlines()[-1])

    @property
    def sentence(self) -> str:
        """The one line on stderr of a failure."""
        assert self.stdout == ""
        assert self.stderr.count("\n") == 1, self.stderr
        return self.stderr.strip()


@dataclass(frozen=True, slots=True)
class Command:
    """The command with an environment and a working directory of its own."""

    settings: Mapping[str, str]
    directory: Path

    def __call__(self, *words: str, program: tuple[str, ...] = _MODULE, given: str | None = None) -> Result:
        """Run it, with what it is given to read on standard input."""
        stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
        process = self.start(*words, program=program, stdin=stdin)
        stdout, stderr = process.communicate(given, timeout=TIMEOUT_S)
        return Result(process.returncode, stdout, stderr, 0.0)

    def measured(self, *words: str) -> Result:
        """Run it with its output thrown away, for the CPU time that it took."""
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - os.devnull is a name, not a path
            process = subprocess.Popen(
                [*_MODULE, *words],
                env=self._environment(),
                cwd=self.directory,
                stdout=nowhere,
                stderr=nowhere,
            )
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Result(process.returncode, "", "", used.ru_utime + used.ru_stime)

    def start(
        self,
        *words: str,
        program: tuple[str, ...] = _MODULE,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: IO[bytes] | int = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*program, *words],
            env=self._environment(),
            cwd=self.directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )

    def given(self, **settings: str) -> "Command":
        """Return the same command with more settings, named without their prefix."""
        named = {f"VELAURUM_{name.upper()}": value for name, value in settings.items()}
        return replace(self, settings={**self.settings, **named})

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("VELAURUM_")}
        place = self.settings.get("VELAURUM_DATABASE_URL") or self.settings.get("VELAURUM_DATA_DIR")
        carried = {
            f"VELAURUM_{name.upper()}": str(value)
            for name, value in transports.settings(place or str(self.directory)).items()
        }
        # An entry that comes when it is time would be one that a test did not make.
        ours = {"NO_COLOR": "1", "VELAURUM_VERIFY_EVERY": "0", **carried, **transports.identity()}
        return {**inherited, **ours, **self.settings}


@dataclass(frozen=True, slots=True)
class Installation:
    """A served and bootstrapped installation, and the command that works on it."""

    command: Command
    data_dir: Path
    url: str
    bootstrapped: Result
    pid: int = 0  # of the server

    @property
    def log(self) -> bytes:
        """What the server said on stderr so far."""
        return (self.data_dir.parent / "up.log").read_bytes()

    def tenant(self) -> "Tenant":
        """Make an organisation with the item BOLT, the locations A and B, and tokens to work in it.

        By its verbs, not by the command: a test pays only for the commands that it is about.
        """
        with (
            closing(self._database()) as database,
            closing(self._keyring()) as keyring,
            database.installation() as outside,
        ):
            tx, org = outside.enter(create_context(outside))
            items.create(tx, org, NewItem("BOLT", "Bolt"), idempotency_key="item")
            for place in ("A", "B"):
                locations.create(tx, org, NewLocation(place, place, "storage"), idempotency_key=place)
            admin, keeper, controller = (
                tokens.create(
                    tx, OrgId(org.org_id), keyring.within(tx), role, kind="user", name=role, life=LIFE
                ).text
                for role in ("org-admin", "storekeeper", "controller")
            )
        command = self.command.given(org=org.org_code)
        people = (command.given(token=token) for token in (admin, keeper, controller))
        return Tenant(org.org_id, org.org_code, *people)

    def signed(self, tenant: "Tenant", size: int) -> str:
        """Wait until a checkpoint of this tenant's own log covers `size` entries, and return its note."""
        deadline = time.monotonic() + PATIENCE_S
        with closing(self._database()) as database:
            while True:
                with database.installation() as outside:
                    found = logs.newest(outside.within(tenant.org_id), tenant.org_id)
                if found is not None and found.size >= size:
                    return found.note
                assert time.monotonic() < deadline, found
                time.sleep(0.1)

    def _database(self) -> Database:
        return Database(self._conninfo(), max_connections=1)

    def _keyring(self) -> Keyring:
        return keyrings.opened(Settings(self.data_dir), self._conninfo())

    def _conninfo(self) -> str:
        cluster = embedded.find_running(self.data_dir)
        assert cluster is not None
        return cluster.conninfo(user=APP, dbname=embedded.DATABASE)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation and the command in the hands of its three people."""

    org_id: OrgId
    code: str
    admin: Command
    keeper: Command
    controller: Command


@contextmanager
def up(
    command: Command, *words: str, stderr: IO[bytes] | int = subprocess.PIPE
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `velaurum up` on a port of its choice for the length of the block; yields the line it printed."""
    process = command.start("up", "--listen", "127.0.0.1:0", *words, stderr=stderr)
    try:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(TIMEOUT_S), "the server said nothing"
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=STOP_S)
            finally:
                process.kill()


@contextmanager
def served(directory: Path, **settings: str) -> Iterator[Installation]:
    """Serve an installation below `directory` over TLS, bootstrapped by the command."""
    command = Command({"VELAURUM_DATA_DIR": str(directory / "data")}, directory).given(**settings)
    with (directory / "up.log").open("wb") as log, up(command, stderr=log) as (process, line):
        url = line.removeprefix("ready ").strip()
        listen = url.partition("://")[2]
        told = command.given(listen=listen)
        yield Installation(told, directory / "data", url, told("bootstrap", "--json"), process.pid)
        assert process.poll() is None
