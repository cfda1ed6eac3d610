"""`velaurum demo`: the tour. A real server in a throw-away directory, and nothing left when it ends."""

import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import child_server, failures, local, show
from velaurum.cli.flags import Json
from velaurum.cli.narration import Narrator
from velaurum.cli.patient_client import PatientClient
from velaurum.cli.tour import Tour
from velaurum.config import Settings
from velaurum.exchange import stories
from velaurum.exchange.stories import Story
from velaurum.identity import administrators, tokens
from velaurum.tenancy import orgs

LIFE = timedelta(days=1)
ROLES = ("org-admin", "storekeeper")


def demo(
    *,
    data: Annotated[
        Path | None, Parameter(help="A directory to keep what the tour makes; a throw-away one without it.")
    ] = None,
    json: Annotated[Json, Parameter(name="--json")] = False,
) -> None:
    begin = time.monotonic()
    narrator = Narrator(silent=json)
    narrator.say("Velaurum keeps stock the way a bank keeps money. Watch it, over HTTP, on a real server.")
    with _directory(data) as directory, _leaving_on_hangup():
        narrator.step("Start: PostgreSQL and the API, on this machine alone")
        narrator.command(f"velaurum up --insecure-http --data-dir {directory}")
        with child_server.serving(directory) as url:
            narrator.say(f"ready {url}, after {time.monotonic() - begin:.1f} s")
            story = stories.choose()
            tour = _prepare(story, Settings(directory, url=url, insecure_http=True), narrator)
            tour.run()
    narrator.step("Where to go next")
    _point_on(narrator, data, time.monotonic() - begin)
    if json:
        show.document({**tour.facts, "seconds": round(time.monotonic() - begin, 1)})


def _prepare(story: Story, settings: Settings, narrator: Narrator) -> Tour:
    """Make the administrator, the organisation and a token for each of its two people."""
    narrator.step("Set up: an administrator, an organisation, two people with different rights")
    code = story.org_code
    with local.sealing(settings) as (tx, keyring):
        if not administrators.exists(tx):
            administrators.bootstrap(tx, "administrator")
        if orgs.find(tx, code) is not None:
            code = f"{code}-{secrets.token_hex(3)}"
        org = orgs.create(tx, code, story.region)
        # Nobody else sees the organisation yet, so that its first keys are made in here.
        within = keyring.within(tx)
        admin, keeper = (
            tokens.create(tx, org.org_id, within, role, kind="user", name=f"{role}-1", life=LIFE).text
            for role in ROLES
        )
    narrator.command("velaurum bootstrap")
    narrator.command(f"velaurum org create {code} --region {story.region}")
    for role in ROLES:
        narrator.command(f"velaurum token create --org {code} --role {role}")
    narrator.say("Whoever creates items does not move them: no one person can invent stock.")

    def client(token: str) -> PatientClient:
        return PatientClient(
            Settings(settings.data_dir, url=settings.url, insecure_http=True, token=token, org=code)
        )

    return Tour(story, code, settings, client(admin), client(keeper), narrator)


def _point_on(narrator: Narrator, kept: Path | None, seconds: float) -> None:
    narrator.command("velaurum up                  start it for yourself")
    narrator.command("velaurum bootstrap           then make your administrator")
    narrator.command("velaurum import run          bring your own stock, from a CSV file")
    narrator.command("velaurum --help              everything else")
    left = f"What the tour made is kept in {kept}." if kept else "Nothing was left running, or on the disk."
    narrator.say(f"{left} That took {seconds:.0f} s.")


@contextmanager
def _directory(kept: Path | None) -> Iterator[Path]:
    """Yield the directory to work in; one of our own is removed with all that is in it."""
    if kept is not None:
        yield kept.expanduser().absolute()
        return
    place = Path(tempfile.mkdtemp(prefix="velaurum-demo-"))
    try:
        # Closed to others, but the database server may run as another user and must pass through.
        place.chmod(0o711)
        yield place / "data"
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _leaving_on_hangup() -> Iterator[None]:
    """Leave every block when the terminal is closed, so that nothing stays behind."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(failures.INTERRUPTED)

    before = signal.signal(signal.SIGHUP, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
