"""`velaurum verify db --record`: the result is an entry of the log, with the hash of the kept report (V-20, V-23)."""

import json
import ssl
import time
import urllib.request
from hashlib import sha256

import pytest

from support.command import Installation, Tenant
from support.ledger_sql import SUPERUSER
from velaurum.db import embedded, readings
from velaurum.ops import verifying


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def recorded(installation: Installation, tenant: Tenant) -> list[dict[str, object]]:
    """Read through the API what verifications found."""
    token = tenant.admin.settings["VELAURUM_TOKEN"]
    trusted = ssl.create_default_context(cafile=installation.data_dir / "tls" / "cert.pem")
    asked = urllib.request.Request(  # noqa: S310 - a server of ours
        f"{installation.url}/v1/orgs/{tenant.code}/assurance/log",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(asked, context=trusted) as answer:  # noqa: S310
        found = json.load(answer)["data"]
    assert isinstance(found, list)
    return found


def conninfo(installation: Installation, role: str) -> str:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    return cluster.conninfo(user=role, dbname=embedded.DATABASE)


def test_a_verification_that_nobody_records_leaves_nothing(
    installation: Installation, tenant: Tenant
) -> None:
    assert installation.command("verify", "db", "--org", tenant.code).code == 0

    assert recorded(installation, tenant) == []


def test_the_entry_has_the_hash_of_the_report_that_is_printed_and_kept(
    installation: Installation, tenant: Tenant
) -> None:
    answer = installation.command("verify", "db", "--org", tenant.code, "--record", "--json")

    (entry,) = recorded(installation, tenant)
    (log,) = answer.document["logs"]
    kept = answer.stderr.split("the report is ")[1].strip().removesuffix(".")
    assert entry["report_sha256"] == sha256(answer.stdout.encode()).hexdigest()
    with open(kept, "rb") as file:  # noqa: PTH123 - a name that was printed
        assert file.read() == answer.stdout.encode()
    assert (entry["size"], entry["root"], entry["log_index"]) == (log["size"], log["root"], log["size"])
    assert (entry["findings"], entry["codes"], entry["is_scheduled"]) == (0, [], False)
    assert entry["actor"] == entry["actor"] | {"kind": "process", "name": "platform-operator"}
    assert entry["program"] == answer.document["program"]


def test_what_was_recorded_holds_itself(installation: Installation, tenant: Tenant) -> None:
    words = ("verify", "db", "--org", tenant.code, "--record")
    assert (installation.command(*words).code, installation.command(*words).code) == (0, 0)

    first, second = reversed(recorded(installation, tenant))
    assert second["size"] == int(str(first["log_index"])) + 1


def test_a_second_one_at_the_same_time_is_refused(installation: Installation, tenant: Tenant) -> None:
    with readings.alone(conninfo(installation, SUPERUSER)) as is_alone:
        assert is_alone
        answer = installation.command("verify", "db", "--org", tenant.code, "--record")
        reading = installation.command("verify", "db", "--org", tenant.code)

    assert answer.code == 1
    assert answer.sentence.startswith("Another verification is under way")
    assert reading.code == 0
    assert recorded(installation, tenant) == []


def test_doctor_tells_a_log_that_nobody_verifies(installation: Installation, tenant: Tenant) -> None:
    time.sleep(2.1)
    late = installation.command.given(verify_every="1s")("doctor")
    never = installation.command("doctor")

    assert late.code != 0
    assert f"Late: {tenant.code}" in late.stdout or f", {tenant.code}" in late.stdout
    assert "in time" not in never.stdout


def test_an_interval_that_cannot_be_meant_is_refused_at_the_start(installation: Installation) -> None:
    answer = installation.command("up", "--verify-every", "often", "--listen", "127.0.0.1:0")

    assert answer.code == 2
    assert "verify_every is 'often'" in answer.sentence


def test_old_reports_make_room(installation: Installation, tenant: Tenant) -> None:
    folder = installation.data_dir / verifying.FOLDER
    folder.mkdir(exist_ok=True)
    for n in range(verifying.KEPT_REPORTS):
        (folder / f"2001-01-01T00000{n:02}.json").write_bytes(b"{}\n")

    assert installation.command("verify", "db", "--org", tenant.code, "--record").code == 0

    kept = sorted(path.name for path in folder.glob("*.json"))
    assert len(kept) == verifying.KEPT_REPORTS
    assert not kept[-1].startswith("2001")
    assert (folder / kept[-1]).stat().st_mode & 0o077 == 0


def test_what_doctor_reads_is_counted(installation: Installation, tenant: Tenant) -> None:
    def unanswered() -> object:
        answer = installation.command("posture", "tenancy", "--json")
        return json.loads(answer.stdout)["report"]["witness"]["unanswered"]

    assert tenant.code
    before = unanswered()
    assert installation.command("doctor").code == 0

    assert unanswered() == before
