"""An export proves itself offline (V-20, V-22): what holds is accepted, the first entry that does not is named."""

import os
import random
import threading
from pathlib import Path

import pytest

from support import exports, proof_vectors
from support.exports import Book
from support.signed_logs import RECEIPT, edited, entries, verify
from velaurum.errors import UsageError
from velaurum.exports import stretches, verification
from velaurum.proofs import merkle, policies
from velaurum.proofs.wire import ProofError


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 600])
def test_an_export_of_any_size_holds(tmp_path: Path, size: int) -> None:
    written = exports.write(tmp_path / "export", entries(size=size))

    verdict = verify(written)

    assert verdict.fault is None
    assert verdict.checkpoint is not None
    assert verdict.checkpoint.size == size
    assert verdict.last_at == (exports.instant(size - 1) if size else None)
    assert verdict.witnessed_at_s == {"a": exports.SEEN_AT_S, "b": exports.SEEN_AT_S}


@pytest.mark.parametrize("older_size", [1, 5, 255, 256, 257, 511, 512, 599, 600])
def test_an_export_extends_the_checkpoints_of_before(tmp_path: Path, older_size: int) -> None:
    listed = entries()
    written = exports.write(tmp_path / "export", listed)
    older = [exports.checkpoint(listed[:n]) for n in (0, older_size, 300)]

    verdict = verify(written, *older)

    assert verdict.fault is None
    assert verdict.older_sizes == (0, older_size, 300)


def test_many_processes_say_the_same(tmp_path: Path) -> None:
    size = 70_000
    listed = Book(items=40).grow(size).entries
    written = exports.write(tmp_path / "export", listed)
    older = [exports.checkpoint(listed[:n]) for n in (1, 40_000, 65_536, 65_537)]

    assert verify(written, *older, workers=2) == verify(written, *older, workers=1)
    assert verify(written, *older, workers=2).holds

    bundle = written.folder / "tile/entries/200"
    bundle.write_bytes(bundle.read_bytes().replace(b"KG", b"GK", 1))
    assert verify(written, workers=2) == verify(written, workers=1)
    fault = verify(written, workers=2).fault
    assert fault is not None
    assert fault.index == 200 * 256


@pytest.mark.parametrize("take", ["entry", "swap", "insert"])
def test_an_entry_that_was_taken_out_moved_or_put_in_is_named(tmp_path: Path, take: str) -> None:
    listed = entries()
    match take:
        case "entry":
            del listed[300]
        case "swap":
            listed[300], listed[301] = listed[301], listed[300]
        case _:
            listed.insert(300, listed[2])

    found = verify(exports.write(tmp_path / "export", listed)).fault

    assert found is not None
    assert found.index == 300


def test_a_log_that_lost_entries_does_not_extend_the_kept_checkpoint(tmp_path: Path) -> None:
    listed = entries()

    verdict = verify(exports.write(tmp_path / "export", listed[:500]), exports.checkpoint(listed))

    assert verdict.fault is not None
    assert "taken away" in verdict.fault.reason


def test_history_that_was_rewritten_and_signed_again_does_not_extend_the_kept_checkpoint(
    tmp_path: Path,
) -> None:
    """The rewriter holds every key; the kept checkpoints say between which entries the rewriting began."""
    kept = entries()
    rewritten = exports.write(tmp_path / "export", edited(350, row__reference="other"))

    verdict = verify(rewritten, exports.checkpoint(kept[:300]), exports.checkpoint(kept[:400]))

    assert verdict.fault is not None
    assert verdict.fault.index == 300
    assert "first 400 entries" in verdict.fault.reason
    assert verify(rewritten, exports.checkpoint(kept[:350])).holds


def test_a_checkpoint_of_another_log_or_by_another_key_is_refused(tmp_path: Path) -> None:
    written = exports.write(tmp_path / "export", entries())
    text = proof_vectors.checkpoint_text(5, origin="other.example")
    foreign = f"{text}\n{proof_vectors.log_line(text, 'other.example')}".encode()

    verdict = verify(written, foreign)

    assert verdict.fault is not None
    assert "older checkpoint" in verdict.fault.reason


def test_entries_and_tiles_edited_together_do_not_make_the_signed_root(tmp_path: Path) -> None:
    original = exports.write(tmp_path / "original", entries())
    edited_ = exports.write(tmp_path / "export", edited(RECEIPT, row__reference="other"))
    (edited_.folder / "checkpoint").write_bytes((original.folder / "checkpoint").read_bytes())

    found = verify(edited_).fault

    assert found is not None
    assert "root that was signed" in found.reason


@pytest.mark.parametrize(
    "name", ["tile/0/001", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"]
)
@pytest.mark.parametrize("how", ["missing", "shorter", "longer"])
def test_a_file_that_is_not_whole_is_named(tmp_path: Path, name: str, how: str) -> None:
    written = exports.write(tmp_path / "export", entries())
    path = written.folder / name
    raw = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(raw[:-1] if how == "shorter" else raw + b"\0")

    found = verify(written).fault

    assert found is not None
    assert found.index is not None


@pytest.mark.parametrize("how", ["a pipe", "without an end", "a directory"])
@pytest.mark.parametrize("name", ["checkpoint", "tile/1/000.p/2", "tile/entries/001", "checkpoints/0/256"])
def test_what_is_no_file_of_a_log_keeps_nobody_waiting(tmp_path: Path, name: str, how: str) -> None:
    written = exports.write(tmp_path / "export", entries())
    path = written.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if how == "a pipe":
        os.mkfifo(path)
    elif how == "a directory":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 1 << 42)
    said: list[str] = []

    def read() -> None:
        try:
            found = verify(written).fault
            said.append("" if found is None else found.reason)
        except UsageError as error:
            said.append(str(error))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(20)

    assert said
    assert said[0]


def test_a_directory_without_a_checkpoint_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no export"):
        verification.verify(tmp_path, policies.parse(b"quorum none\n"))


def test_every_flipped_bit_of_a_small_export_is_refused(tmp_path: Path) -> None:
    written = exports.write(tmp_path / "export", entries(size=3))
    [task] = stretches.tasks(written.folder, 3, set())
    policy = policies.parse(written.policy.read_bytes())
    assert verify(written).holds

    for path in written.files():
        raw = path.read_bytes()
        for bit in range(len(raw) * 8):
            bent = bytearray(raw)
            bent[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bent)
            if not bit % 97:
                assert not verify(written).holds, (path.name, bit)
            elif path.name == "checkpoint":
                with pytest.raises(ProofError):
                    policy.verify(bytes(bent))
            else:
                assert not stretches.examine(task).is_whole, (path.name, bit)
        path.write_bytes(raw)
    assert verify(written).holds


def test_any_flipped_bit_of_a_larger_export_is_refused_and_its_entry_named(tmp_path: Path) -> None:
    listed = entries()
    written = exports.write(tmp_path / "export", listed)
    draw = random.Random(4)  # noqa: S311 - which bits
    ends = {0: 256, 1: 512, 2: 600}

    for path in written.files():
        raw = path.read_bytes()
        for bit in draw.sample(range(len(raw) * 8), 12):
            bent = bytearray(raw)
            bent[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bent)
            found = verify(written).fault
            assert found is not None, (path.name, bit)
            if path.parent.name == "entries":
                number = int(path.name[:3])
                at, index = 0, number * 256
                while at + 2 + len(listed[index]) <= bit // 8 and index + 1 < ends[number]:
                    at += 2 + len(listed[index])
                    index += 1
                assert found.index == index
        path.write_bytes(raw)


def test_leaves_of_the_book_are_those_of_the_tree(tmp_path: Path) -> None:
    listed = entries(size=3)

    exports.write(tmp_path / "export", listed)

    leaves = b"".join(map(merkle.leaf_hash, listed))
    assert (tmp_path / "export/tile/0/000.p/3").read_bytes() == leaves
