"""A person is erased: twenty strings that they wrote, or that name them, are nowhere any more (V-08, V-25).

What they were called and signed in with is among them, and what a directory said of them. A real server with a database
that logs every statement with its parameters, a base backup from before, exports from before and after, and a restore
of that backup.
"""

import base64
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support import erased_people
from support.api_orgs import RECEIPT
from support.erased_people import (
    EXTERNAL_ID,
    KEPT,
    LOGINS,
    NAMES,
    OF_ANOTHER,
    PASSKEY,
    PLANTED,
    SUBJECTS,
    TITLES,
    USER_NAMES,
    Erased,
    files_with,
    found_in,
    restored,
    without_person,
)
from support.server_process import running
from velaurum.exports import verification
from velaurum.ops import erasure_journal, signing
from velaurum.ops.evidence import database
from velaurum.ops.evidence.trust import Sources
from velaurum.proofs import policies

BACKUPS = "40d"
DIRECTORY_SAYS_NOTHING = {
    "user names": ["None"],
    "external ids": ["None"],
    "titles": ["None"],
    "passkeys": ["None"],
}


@pytest.fixture(scope="module")
def erased() -> Iterator[Erased]:
    """Let a person write twenty notes and sign in, back everything up, and erase the person."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-erasure-", dir="/tmp"))
    directory.chmod(0o755)
    # Whatever is put into files for a moment is put below the data directory, where it is looked for.
    passing = directory / "data" / "passing"
    try:
        with pytest.MonkeyPatch.context() as environment:
            passing.mkdir(parents=True)
            passing.chmod(0o1777)
            environment.setenv("TMPDIR", str(passing))
            with running(directory / "data", settings={"keep_backups": BACKUPS}) as server:
                made = erased_people.erase(directory, server)
                # Whoever asks again opens its connection again.
                with closing(made.org.client):
                    yield made
    finally:
        shutil.rmtree(directory)


def test_the_search_finds_what_is_there(erased: Erased) -> None:
    """The export from before has all of it in plain, as whoever made it chose to."""
    said = (erased.directory / "before" / "disclosures.jsonl").read_bytes()

    assert found_in(said, PLANTED) == PLANTED
    assert found_in(base64.b64encode(b"ab" + PLANTED[0].encode()), PLANTED) == PLANTED[:1]
    assert found_in(PLANTED[1].encode().hex().encode(), PLANTED) == PLANTED[1:2]


def test_no_dump_file_log_or_write_ahead_log_ever_had_them(erased: Erased) -> None:
    """Not even those from before: no note, name, login or subject, nothing that a directory said, and no salt."""
    assert {when: found_in(one, PLANTED) for when, one in erased.dumps.items()} == {"before": [], "after": []}
    assert files_with(erased.data_dir, PLANTED) == {}
    assert files_with(erased.backup, PLANTED) == {}
    logged = [one for one in (erased.data_dir / "postgres").rglob("*.log") if one.stat().st_size > 10_000]
    assert any(b"ledger.post_movements" in one.read_bytes() for one in logged)


def test_an_export_from_after_has_none_of_them_and_still_what_others_wrote(erased: Erased) -> None:
    said = (erased.directory / "after" / "disclosures.jsonl").read_bytes()

    assert found_in(said, PLANTED) == []
    assert found_in(said, [KEPT, OF_ANOTHER]) == [KEPT, OF_ANOTHER]


@pytest.mark.parametrize("which", ["before", "after"])
def test_exports_still_verify(erased: Erased, which: str) -> None:
    folder = erased.directory / which
    policy = policies.parse((folder / "policy.txt").read_bytes())

    assert verification.verify(folder, policy, workers=1).holds


def test_proofs_and_the_database_still_verify(erased: Erased) -> None:
    again = erased.org.get(f"/movements/{erased.movement['id']}/proof")
    sources = Sources(erased.data_dir)

    report = database.verify(erased.settings(), None, sources, unwatched, workers=1)

    assert again.body.split(b"\n")[:6] == erased.proof.split(b"\n")[:6]
    assert (report.holds, report.unopened_notes, report.unopened_names) == (True, 0, 0), report.document()[
        "findings"
    ]


def test_the_movements_stand_without_their_notes(erased: Erased) -> None:
    read = erased.org.get(f"/movements/{erased.movement['id']}").json

    assert read == without_person(erased.movement)


def test_a_repeat_of_an_erased_note_is_the_recorded_movement(erased: Erased) -> None:
    key = erased.movement["idempotency_key"]

    again = erased.org.move({**RECEIPT, "note": erased.movement["note"]}, key=key)

    assert (again.status, again.is_replayed) == (200, True)
    assert again.json == without_person(erased.movement)
    assert erased.org.move(RECEIPT, key=key).refused == (422, "idempotency-key-reused")


def test_the_receipt_is_signed_and_names_the_day_when_the_last_backup_expires(erased: Erased) -> None:
    report = erased.receipt["receipt"]["report"]

    assert signing.verify(erased.receipt["receipt"], erased.keys)
    assert (report["principal_id"], report["notes"], report["keys"]) == (erased.principal_id, 20, 1)
    expires = datetime.fromisoformat(report["erased_at"]) + timedelta(days=40)
    assert report["last_backup_expires_on"] == expires.astimezone(UTC).date().isoformat()
    (line,) = erasure_journal.lines(erased.data_dir)
    assert (line.principal_id, line.receipt) == (erased.principal_id, erased.receipt["receipt"])


def test_the_share_of_who_was_erased_is_gone_and_the_others_are_there(erased: Erased) -> None:
    (left,) = (erased.data_dir / erased.share).parent.iterdir()

    assert left.name == erased.another
    assert (left.stat().st_mode & 0o777, left.stat().st_size) == (0o600, 32)
    # The share stood there, of use, in nothing that a backup of the database has.
    held = (erased.shares / erased.org.org_id / erased.principal_id).read_bytes()
    texts = [held.hex()]
    assert {when: found_in(one, texts) for when, one in erased.dumps.items()} == {"before": [], "after": []}
    assert not [path for path in erased.backup.rglob("*") if path.is_file() and held in path.read_bytes()]


def test_a_backup_from_before_and_all_keys_that_remain_open_nothing_of_the_person(erased: Erased) -> None:
    """Without the journal, too, which is what makes the product forget; another person's note opens from it."""
    left = restored(erased, erased.directory / "left", has_journal=False)

    assert left == {
        "notes": ["None"] * len(PLANTED),
        "unavailable": [["note"]] * len(PLANTED),
        "name": None,
        "names": [None] * len(NAMES),
        "logins": ["None"],
        "subjects": ["None"],
        **DIRECTORY_SAYS_NOTHING,
        # By the index, as the token does: who restores without the journal restores who gets in.
        "signs in": 200,
        "of another": [OF_ANOTHER],
        "keys": [("active", False)],
        "gets in": 200,
    }
    assert files_with(erased.directory / "left", PLANTED) == {}


def test_a_backup_from_before_and_the_share_from_before_open_it(erased: Erased) -> None:
    """It is the share that is missing, and nothing else: the test before this one has teeth."""
    without = restored(erased, erased.directory / "without", has_journal=False, has_old_share=True)

    assert (without["notes"], without["keys"]) == (sorted(PLANTED), [("active", False)])
    assert (without["name"], without["names"]) == (NAMES[-1], NAMES)
    assert (without["logins"], without["subjects"]) == (sorted(LOGINS), sorted(SUBJECTS))
    assert (without["user names"], without["external ids"]) == (sorted(USER_NAMES), [EXTERNAL_ID])
    assert (without["titles"], without["passkeys"]) == (TITLES[-1:], [PASSKEY])


def test_a_start_forgets_again_and_removes_a_share_that_came_back(erased: Erased) -> None:
    """The journal is replayed before anybody is served."""
    again = restored(erased, erased.directory / "again", has_old_share=True)

    assert again == {
        "notes": ["None"] * len(PLANTED),
        "unavailable": [[]] * len(PLANTED),
        "name": None,
        "names": ["erased"] * len(NAMES),
        "logins": ["None"],
        "subjects": ["None"],
        **DIRECTORY_SAYS_NOTHING,
        "signs in": 401,
        "of another": [OF_ANOTHER],
        "keys": [("erased", True)],
        "gets in": 401,
    }
    assert not (erased.directory / "again" / erased.share).exists()


def unwatched(_total: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _done: None)
