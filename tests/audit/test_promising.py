"""Who does not see a signer work promises nothing; who does, promises from the first posting on (V-22)."""

import asyncio
import base64
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command
from support.http_client import Client
from support.ledger_sql import APP, INTEGRATOR, ConninfoOf, Org
from support.movement_streams import line, streamed
from support.rollbacks import Place
from support.server_process import running
from velaurum import secret_files
from velaurum.api.prompt import Prompt
from velaurum.api.proving import Prover
from velaurum.audit import signers
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.ledger.outcomes import Movement
from velaurum.ops.integrating import Integrator
from velaurum.ops.liveness import FRESH_S, Liveness
from velaurum.proofs import promises
from velaurum.proofs.notes import VerifierKey
from velaurum.tenancy.context import OrgId

HEADER = "velaurum-promise"
CHECK = "A server here signs, and promises what is recorded its place in the log"
ROWS = {"mode": "independent", "movements": [{**RECEIPT, "idempotency_key": "one"}]}


@pytest.fixture
def place() -> Iterator[Place]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-promising-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_the_first_posting_of_a_fresh_server_is_promised(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)

        posted = org.move(RECEIPT)

        status = org.get("/log/status").json
        key = VerifierKey.parse(status["promise_key"])
        promise = promises.open_signed(base64.b64decode(posted.headers[HEADER]), [key])
        assert [index for index, _ in promise.leaves] == [posted.json["log_index"]]
        assert status["promises"]
        assert place.check_up(CHECK)["state"] == "ok"


def test_a_server_that_only_has_the_applications_url_promises_nothing(
    conninfo: ConninfoOf, tmp_path: Path
) -> None:
    with _served(tmp_path, conninfo(APP)) as (org, log):
        posted = org.move(RECEIPT)
        batch = org.post("/movements/batch", ROWS, key="")
        waited = org.post("/movements", RECEIPT, key="waits", headers=[("Prefer", "wait=proof")])

        assert (posted.status, batch.status, waited.status) == (201, 200, 201)
        assert not {HEADER} & {*posted.headers, *waited.headers}
        assert batch.json["promise"] is None
        assert batch.json["results"][0]["movement"]["log_index"] == posted.json["log_index"] + 1
        assert (waited.json["proof"], waited.headers["preference-applied"]) == (None, "wait=proof")
        assert not org.get("/log/status").json["promises"]
        assert "nothing is signed and nothing promised" in log.read_text()
        told = {"VELAURUM_DATA_DIR": str(tmp_path / "data"), "VELAURUM_DATABASE_URL": conninfo(APP)}
        found = json.loads(Command(told, tmp_path)("doctor", "--json").stdout)["checks"]
        (one,) = [each for each in found if each["check"] == CHECK]
        assert (one["state"], "without Velaurum-Promise" in one["mend"]) == ("not-assessed", True)


def test_the_same_server_promises_once_the_integrator_may_log_in(
    conninfo: ConninfoOf, tmp_path: Path
) -> None:
    # Here every role is let in without a password; that it has one says that the integrator may log in.
    kept = tmp_path / "data" / secret_files.FOLDER / "integrator-password"
    secret_files.ensure(kept, lambda: b"unused")

    with _served(tmp_path, conninfo(APP)) as (org, _):
        assert HEADER in org.move(RECEIPT).headers
        assert org.post("/movements/batch", ROWS, key="").json["promise"]
        key = VerifierKey.parse(org.get("/log/status").json["promise_key"])
        found = [
            json.loads(one)
            for one in streamed(org, line("s1", RECEIPT) + line("s2", RECEIPT) + b"{").body.splitlines()
        ]
        promised = [promises.open_signed(one["promise"].encode(), [key]) for one in found if "promise" in one]
        places = [index for one in promised for index, _ in one.leaves]
        assert places == [one["movement"]["log_index"] for one in found[:2]]


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    return org_factory(items=["BOLT"], locations=["A"])


def test_a_signer_that_fails_takes_the_promises_with_it_and_brings_them_back(
    org: Org, conninfo: ConninfoOf, tmp_path: Path
) -> None:
    """The disk of the signer's statements is gone: what is recorded cannot be signed by anybody here."""
    org_id, liveness = OrgId(org.org_id), Liveness(fresh_s=0.5)
    signer = signers.load(tmp_path, "log.example")
    with (
        closing(Database(conninfo(INTEGRATOR), max_connections=1)) as door,
        closing(Database(conninfo(APP), max_connections=1)) as application,
    ):
        integrator, prover = (
            Integrator(door, signer, liveness),
            Prover(application, signer, None, liveness, prompt=Prompt(application)),
        )
        moved = _moved(org)
        assert _promised(prover, org_id, moved) is None

        integrator.follow()
        assert _promised(prover, org_id, moved) is not None

        (tmp_path / "log").rename(tmp_path / "elsewhere")
        (tmp_path / "log").write_text("no folder")
        moved = _moved(org)
        integrator.follow()
        assert _promised(prover, org_id, moved) is None, "its log is stalled"
        time.sleep(0.5)
        integrator.follow()
        assert not liveness.may_promise(OrgId("another")), "whoever posts next cannot be signed either"

        (tmp_path / "log").unlink()
        (tmp_path / "elsewhere").rename(tmp_path / "log")
        integrator.follow()
        integrator.follow()
        assert _promised(prover, org_id, moved) is not None


def test_a_signer_that_was_seen_long_ago_is_not_seen() -> None:
    liveness = Liveness(fresh_s=0.1)
    assert not liveness.may_promise(OrgId("any"))
    liveness.note()
    assert liveness.may_promise(OrgId("any"))
    time.sleep(0.2)
    assert not liveness.may_promise(OrgId("any"))
    assert FRESH_S < 60


@contextmanager
def _served(folder: Path, conninfo: str) -> Iterator[tuple[ApiOrg, Path]]:
    """Serve somebody else's database, with an organisation in it; yield that, and where the server logs."""
    with closing(Database(conninfo, max_connections=1)) as door:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        with running(folder / "data", conninfo) as server, closing(Client(server.url)) as client:
            yield api_orgs.create(door, client), server.log


def _moved(org: Org) -> Movement:
    row = org.receive("BOLT", "A", "1").movement
    assert row is not None
    return Movement(**{one.name: row.get(one.name) for one in fields(Movement)})


def _promised(prover: Prover, org_id: OrgId, moved: Movement) -> str | None:
    return asyncio.run(prover.promise_header(org_id, moved))
