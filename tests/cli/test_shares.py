"""What `velaurum doctor` says of shares of people's keys, and how keys from before are split (V-08, V-09)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from support.command import Installation, Result, Tenant
from support.ledger_sql import SUPERUSER
from velaurum.db import embedded
from velaurum.keys import shares

THERE = "Shares of people's keys are there"
SPLIT = "Keys of people are split"
# Keys of one installation are looked at by their ids: this one is the last.
OLD_KEY, OLD_SUBJECT = "ffffffff-0000-4000-8000-000000000001", "ffffffff-0000-4000-8000-000000000002"


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    """Make an organisation in which a person wrote a note."""
    made = installation.tenant()
    written = made.keeper("post", "receipt", "BOLT", "5", "--target", "A", "--note", "at gate 4")
    assert written.code == 0, written.stderr
    return made


def mends(answer: Result) -> dict[str, str | None]:
    """Return what the doctor says of shares, None where all is well."""
    checks = {one["check"]: one["mend"] for one in json.loads(answer.stdout)["checks"]}
    return {name: checks[name] for name in (THERE, SPLIT)}


def share_of(installation: Installation, tenant: Tenant) -> Path:
    share, *_ = sorted((installation.data_dir / shares.FOLDER / tenant.org_id).iterdir())
    return share


@contextmanager
def aside(share: Path) -> Iterator[None]:
    kept = share.with_name("aside")
    share.rename(kept)
    try:
        yield
    finally:
        kept.rename(share)


def test_the_doctor_names_a_share_that_is_not_there(installation: Installation, tenant: Tenant) -> None:
    share = share_of(installation, tenant)
    well = mends(installation.command("doctor", "--json"))

    with aside(share):
        missing = installation.command("doctor", "--json")
        share.write_bytes(b"short")
        short = installation.command("doctor", "--json")

    assert well == {THERE: None, SPLIT: None}
    for answer in (missing, short):
        said = mends(answer)[THERE] or ""
        assert (
            f"1 are missing or not whole, and the notes of these people do not open: shares/{tenant.org_id}/"
            in said
        )
        assert said.count(share.name) == 1
        assert answer.code != 0


def test_the_doctor_names_a_share_that_others_can_read(installation: Installation, tenant: Tenant) -> None:
    share = share_of(installation, tenant)
    share.chmod(0o644)

    answer = installation.command("doctor")
    share.chmod(0o600)

    assert f"Secrets are readable by their owner alone: chmod 600 {share}" in answer.stdout
    assert installation.command("doctor").code == 0


def test_keys_from_before_are_counted_until_rotation_makes_split_ones(
    installation: Installation, tenant: Tenant
) -> None:
    cluster = embedded.find_running(installation.data_dir)
    assert cluster is not None
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)) as connection:
        connection.execute(
            "insert into keys.data_key (org_id, id, subject_id, version, wrapped, wrapping_key_id)"
            " select w.org_id, %s, %s, 1, sha256('x'), w.id from keys.wrapping_key as w where w.org_id = %s",
            [OLD_KEY, OLD_SUBJECT, tenant.org_id],
        )
    before = installation.command("doctor", "--json")

    rotated = installation.command("key", "rotate", tenant.code, "--rest", "1s")

    assert rotated.code == 0, rotated.stderr
    assert f"opens with these: {tenant.code}: 1. Run `velaurum key rotate ORG`" in (
        mends(before)[SPLIT] or ""
    )
    after = installation.command("doctor", "--json")
    assert mends(after) == {THERE: None, SPLIT: None}
    folder = installation.data_dir / shares.FOLDER / tenant.org_id
    assert OLD_SUBJECT in {one.name for one in folder.iterdir()}
