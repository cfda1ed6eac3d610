"""What a sweep of kept exports takes: what is from before an erasure or old, and never what somebody writes (V-25)."""

import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.exchange import journals, kept_exports
from velaurum.exchange.journals import Journal
from velaurum.tenancy.context import OrgId

ORG, OTHER = (OrgId(str(uuid4())) for _ in range(2))
DAY = timedelta(days=1)


def archive(data_dir: Path, withdrawals: int, org_id: OrgId = ORG) -> Path:
    job_id = str(uuid4())
    kept_exports.folder_of(data_dir, org_id, job_id)
    path = kept_exports.place_of(data_dir, org_id, job_id, withdrawals)
    path.write_bytes(b"sealed")
    return path


def under_way(data_dir: Path, withdrawals: int) -> Journal:
    folder = kept_exports.folder_of(data_dir, ORG, str(uuid4()))
    journal = Journal.resume(folder.with_name(folder.name + journals.PARTIAL))
    journal.begin({"withdrawals": withdrawals})
    return journal


def aged(path: Path, seconds: float) -> Path:
    at = time.time() - seconds
    os.utime(path, (at, at))
    return path


def test_archives_from_before_an_erasure_go_and_no_others(tmp_path: Path) -> None:
    before, now, others = archive(tmp_path, 1), archive(tmp_path, 2), archive(tmp_path, 0, OTHER)

    gone = kept_exports.forget(tmp_path, ORG, 2)

    assert (gone, before.exists(), now.exists(), others.exists()) == (1, False, True, True)


def test_what_was_begun_before_goes_unless_somebody_writes_it(tmp_path: Path) -> None:
    left, written, later = under_way(tmp_path, 0), under_way(tmp_path, 0), under_way(tmp_path, 1)
    left.close()
    later.close()
    with written:
        gone = kept_exports.forget(tmp_path, ORG, 1)
        there = [one.folder.exists() for one in (left, written, later)]

    assert (gone, there) == (1, [False, True, True])


@pytest.mark.parametrize("ending", [".tar.age", ".tar.age.partial"])
def test_what_a_kill_left_without_its_name_goes_once_nobody_can_be_naming_it(
    tmp_path: Path, ending: str
) -> None:
    fresh, left, written = (kept_exports.folder_of(tmp_path, ORG, str(uuid4())) for _ in range(3))
    named = [one.with_name(one.name + ending) for one in (fresh, left, written)]
    for one in named:
        one.write_bytes(b"sealed")
    written.with_name(written.name + journals.PARTIAL).mkdir()
    (written.with_name(written.name + journals.PARTIAL) / journals.PATH).write_bytes(
        b'{"begun": {"withdrawals": 0}}\n'
    )
    for one in named[1:]:
        aged(one, 120)

    kept_exports.forget(tmp_path, ORG, 0)

    assert [one.exists() for one in named] == [True, False, True]


def test_what_is_old_goes_whatever_it_is(tmp_path: Path) -> None:
    old, young = aged(archive(tmp_path, 0), 8 * 86_400), aged(archive(tmp_path, 0), 6 * 86_400)
    left = under_way(tmp_path, 0)
    left.close()
    aged(left.folder / journals.PATH, 8 * 86_400)

    gone = kept_exports.forget(tmp_path, ORG, 0, 7 * DAY)

    assert (gone, old.exists(), young.exists(), left.folder.exists()) == (2, False, True, False)


def test_only_what_was_not_erased_since_is_opened(tmp_path: Path) -> None:
    path = archive(tmp_path, 3)
    job_id = path.name.partition(".")[0]

    with kept_exports.opened(tmp_path, ORG, job_id, 3) or pytest.fail("it is there") as file:
        assert file.read() == b"sealed"
    assert kept_exports.opened(tmp_path, ORG, job_id, 4) is None
    assert kept_exports.opened(tmp_path, OTHER, job_id, 3) is None


@pytest.mark.parametrize("text", ["12h", "soon", "-1d", ""])
def test_an_age_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="keep_exports"):
        kept_exports.age(Settings(Path("/nowhere"), keep_exports=text))


@pytest.mark.parametrize(("text", "age"), [("7d", 7 * DAY), ("1d", DAY), ("0", None)])
def test_an_age_is_said_in_days_or_is_for_ever(text: str, age: timedelta | None) -> None:
    assert kept_exports.age(Settings(Path("/nowhere"), keep_exports=text)) == age
