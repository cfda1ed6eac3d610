"""An export's way into the meta-log, and the time stamps over it: what holds bounds entries in time (V-20, V-22)."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from support import anchored_exports, exports
from support.anchored_exports import Stamp
from support.exports import Book, Written
from support.timestamp_authority import Authority
from velaurum.cli.exports import told
from velaurum.exports import anchors, verification
from velaurum.exports.lineage import Lineage
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies, timestamps

SIZE = 300
STAMPS = (Stamp(100), Stamp(256), Stamp(290, None))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def kept(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("kept") / "export"
    return anchored_exports.write(folder, Book().grow(SIZE).entries, authority, STAMPS)


@pytest.fixture
def written(kept: Written, tmp_path: Path) -> Written:
    shutil.copytree(kept.folder, tmp_path / "export")
    shutil.copy(kept.policy, tmp_path / "export.policy")
    return Written(tmp_path / "export", tmp_path / "export.policy")


def verify(written: Written, authority: Authority | None, *, accepts_late: bool = False) -> Verdict:
    policy = policies.parse(written.policy.read_bytes())
    trusted = timestamps.roots(authority.pem) if authority is not None else ()
    return verification.verify(written.folder, policy, trusted=trusted, accepts_late=accepts_late, workers=1)


def code(verdict: Verdict) -> str | None:
    assert verdict.fault is not None
    return verdict.fault.code


def test_entries_lie_between_the_time_stamps_around_them(kept: Written, authority: Authority) -> None:
    verdict = verify(kept, authority)

    assert verdict.fault is None
    assert [one.checkpoint.size for one in verdict.anchored] == [100, 256, 290]
    first, second = (anchored_exports.at(one) for one in STAMPS[:2])
    for index, bracket in {
        0: (None, first),
        99: (None, first),
        100: (first, second),
        299: (second, None),
    }.items():
        assert anchors.bracket(verdict.anchored, index) == bracket


def test_without_a_certificate_time_stamps_are_not_looked_at(written: Written) -> None:
    (written.folder / "meta/0000/stamp.tsr").write_bytes(b"anything")

    verdict = verify(written, None)

    assert verdict.fault is None
    assert [one.stamped for one in verdict.anchored] == [None] * 3
    assert [one.is_stamped for one in verdict.anchored] == [True, True, False]


def test_a_policy_without_the_meta_log_looks_at_nothing_of_it(written: Written, authority: Authority) -> None:
    written.policy.write_text(exports.POLICY, "utf-8")

    verdict = verify(written, authority)

    assert (verdict.fault, verdict.anchored) == (None, ())


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("checkpoint", {"meta-malformed", "meta-unsigned"}),
        ("salt", {"meta-malformed", "meta-proof-differs"}),
        ("anchor.tlog-proof", {"meta-malformed", "meta-unsigned", "meta-proof-differs"}),
        ("stamped.note", {"meta-malformed"}),
    ],
)
def test_any_flipped_bit_is_refused_by_its_code(
    written: Written, authority: Authority, name: str, codes: set[str]
) -> None:
    path, seen = written.folder / "meta/0001" / name, set()
    raw = path.read_bytes()
    for at in range(len(raw)):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        policy = policies.parse(written.policy.read_bytes())
        try:
            found = anchors.verify(written.folder, _log(written), policy, timestamps.roots(authority.pem))
        except anchors.AnchorError as refused:
            seen.add(refused.code)
        else:
            # Signed in a name or by a key that nobody knows: no word of the log about its keys explains that.
            fault = anchors.unexplained(found, Lineage())
            assert fault is not None, at
            seen.add(str(fault.code))

    assert seen == codes
    assert code(verify(written, authority)) in codes


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_flipped_bit_of_a_time_stamp_is_refused_or_changes_nothing(
    written: Written, authority: Authority
) -> None:
    path = written.folder / "meta/0001/stamp.tsr"
    raw, whole = path.read_bytes(), verify(written, authority).anchored
    policy, refused = policies.parse(written.policy.read_bytes()), 0
    for at in range(0, len(raw), 3):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        try:
            assert (
                anchors.verify(written.folder, _log(written), policy, timestamps.roots(authority.pem))
                == whole
            )
        except anchors.AnchorError as error:
            assert error.code == "timestamp-refused"  # noqa: PT017 - or it holds
            refused += 1

    assert refused > len(raw) // 6


@pytest.mark.parametrize("name", ["checkpoint", "salt", "anchor.tlog-proof", "stamped.note", "stamp.tsr"])
def test_a_file_that_is_missing_is_named(written: Written, authority: Authority, name: str) -> None:
    (written.folder / "meta/0000" / name).unlink()

    assert code(verify(written, authority)) == "meta-malformed"


def test_another_authority_than_the_trusted_one_is_refused(written: Written) -> None:
    assert code(verify(written, Authority())) == "timestamp-refused"


def test_a_rewritten_history_is_not_the_one_in_the_meta_log(
    kept: Written, authority: Authority, tmp_path: Path
) -> None:
    """The rewriter holds the log's key: what was anchored before is against them."""
    listed = Book().grow(SIZE).entries
    listed[152] = listed[152].replace(b'"unit":"KG"', b'"unit":"LB"')
    rewritten = exports.write(tmp_path / "export", listed)
    shutil.copytree(kept.folder / "meta", rewritten.folder / "meta")
    rewritten.policy.write_bytes(kept.policy.read_bytes())

    verdict = verify(rewritten, authority)

    assert code(verdict) == "meta-history-differs"
    assert verdict.fault is not None
    assert verdict.fault.index == 100


def test_an_instant_after_the_time_stamp_that_covers_it_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    stamps = [Stamp(100), Stamp(200, -anchors.ALLOWANCE - timedelta(seconds=1))]
    written = anchored_exports.write(tmp_path / "export", Book().grow(SIZE).entries, authority, stamps)

    verdict = verify(written, authority)

    assert code(verdict) == "instant-after-timestamp"
    assert verdict.fault is not None
    assert verdict.fault.index == 199


def test_an_instant_before_a_time_stamp_of_less_than_it_follows_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    """Attack: an entry is dated back before a stamp that is older than the checkpoint that the entry follows."""
    # Entry 200 was recorded less than 63 seconds after the first stamp, which the checkpoint of 200 came after.
    stamps = [Stamp(100, _between(99, 200) + anchors.ALLOWANCE + timedelta(seconds=2)), Stamp(200)]
    written = anchored_exports.write(tmp_path / "export", Book().grow(SIZE).entries, authority, stamps)

    verdict = verify(written, authority)

    assert code(verdict) == "instant-before-timestamp"
    assert verdict.fault is not None
    assert (verdict.fault.index, verdict.fault.id) == (200, exports.identifier("movement", 200))


def test_a_log_that_waited_for_its_signature_is_refused_unless_that_is_accepted(
    authority: Authority, tmp_path: Path
) -> None:
    """A stall of more than an hour: stamps go on over what was signed before, and the entries say when they were."""
    stamps = [Stamp(100), Stamp(101, timedelta(hours=3))]
    entries = Book().grow(SIZE).entries
    written = anchored_exports.write(tmp_path / "export", entries, authority, stamps)

    verdict = verify(written, authority, accepts_late=True)

    assert verdict.fault is None
    (late,) = verdict.late
    assert (late.index, late.before_index, late.recorded_at) == (101, SIZE, _recorded(101))
    assert late.stamped.at == anchored_exports.at(stamps[1])
    # Whoever wants a bracket of it gets the one that is certain.
    assert anchors.bracket(verdict.anchored, 101, verdict.late) == (anchored_exports.at(stamps[0]), None)
    assert "Entry 101 and others up to 299 were signed late" in told(verdict)
    refused = verify(written, authority)
    assert code(refused) == "signed-late"
    assert refused.fault is not None
    assert refused.fault.index == 101


def test_a_stamp_is_as_wide_as_its_authority_says(tmp_path: Path) -> None:
    accuracy = timedelta(seconds=90, milliseconds=2, microseconds=7)
    authority = Authority(accuracy=accuracy)
    stamps = [
        Stamp(100, anchors.ALLOWANCE + _between(99, 100) + timedelta(seconds=89)),
        Stamp(200, -anchors.ALLOWANCE - timedelta(seconds=89)),
    ]
    entries = Book().grow(SIZE).entries
    written = anchored_exports.write(tmp_path / "export", entries, authority, stamps)

    verdict = verify(written, authority)

    assert (verdict.fault, verdict.late) == (None, ())
    first, second = (anchored_exports.at(one) for one in stamps)
    assert first is not None
    assert second is not None
    assert anchors.bracket(verdict.anchored, 150) == (first - accuracy, second + accuracy)
    assert f"± {accuracy.total_seconds():g} s" in told(verdict)

    exact = Authority()
    assert code(verify(anchored_exports.write(tmp_path / "exact", entries, exact, stamps), exact)) == (
        "instant-after-timestamp"
    )


def test_within_the_allowance_it_is_let(authority: Authority, tmp_path: Path) -> None:
    stamps = [
        Stamp(100, anchors.ALLOWANCE + timedelta(seconds=60)),
        Stamp(200, -anchors.ALLOWANCE + timedelta(seconds=1)),
    ]
    written = anchored_exports.write(tmp_path / "export", Book().grow(SIZE).entries, authority, stamps)

    assert verify(written, authority).fault is None


def _recorded(index: int) -> datetime:
    return datetime.fromisoformat(exports.instant(index))


def _between(first: int, second: int) -> timedelta:
    return _recorded(second) - _recorded(first)


def _log(written: Written) -> "anchors.Checkpoint":
    policy = policies.parse(written.policy.read_bytes())
    return policy.verify((written.folder / "checkpoint").read_bytes()).checkpoint
