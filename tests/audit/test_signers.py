"""The signer signs one history of each log, whatever the database comes back with."""

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from velaurum.audit import signers
from velaurum.audit.signers import ForkError, Signer
from velaurum.errors import OperationError, UsageError
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.tenancy.context import OrgId

ORG_ID = "019a9f00-7a00-7000-8000-000000000007"
ORIGIN = f"stock.example.com/org/{ORG_ID}/0"
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(20)]
OTHERS = [*LEAVES[:5], *reversed(LEAVES[5:])]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return signers.load(tmp_path, "stock.example.com")


def test_a_checkpoint_verifies_with_the_key_of_its_log(signer: Signer) -> None:
    note = _sign(signer, LEAVES, 7)

    found, _ = checkpoints.open_signed(note.encode(), [signer.verifier(ORIGIN)])
    assert (found.origin, found.size, found.root) == (ORIGIN, 7, merkle.root(LEAVES[:7]))
    assert signer.last(ORIGIN) == signers.Statement(found, note)


def test_the_same_size_gets_the_same_note_again(signer: Signer) -> None:
    assert _sign(signer, LEAVES, 7) == _sign(signer, LEAVES, 7)


@pytest.mark.parametrize("size", range(7, 21))
def test_what_extends_is_signed_after_a_restart_too(signer: Signer, tmp_path: Path, size: int) -> None:
    _sign(signer, LEAVES, 7)

    _sign(signers.load(tmp_path), LEAVES, size)

    last = signer.last(ORIGIN)
    assert last is not None
    assert last.checkpoint.size == size


@pytest.mark.parametrize(("leaves", "size"), [(LEAVES, 6), (LEAVES, 1), (OTHERS, 7), (OTHERS, 12)])
def test_what_does_not_extend_is_never_signed(
    signer: Signer, tmp_path: Path, leaves: list[bytes], size: int
) -> None:
    note = _sign(signer, LEAVES, 7)

    with pytest.raises(ForkError, match=ORIGIN):
        _sign(signers.load(tmp_path), leaves, size)
    with pytest.raises(ForkError):
        signer.sign(ORIGIN, size + 8, merkle.root(leaves[: size + 8]), lambda _: [])

    assert signer.last(ORIGIN) == signers.Statement(checkpoints.parse(notes.parse(note.encode()).text), note)


def test_logs_are_held_apart(signer: Signer) -> None:
    _sign(signer, LEAVES, 7)

    with pytest.raises(ForkError, match="opened by nobody"):
        signer.sign(ORIGIN[:-1] + "1", 3, merkle.root(OTHERS[:3]), lambda _: [])
    signer.open(OrgId(ORG_ID), 1, 0)
    signer.sign(ORIGIN[:-1] + "1", 3, merkle.root(OTHERS[:3]), lambda _: [])

    assert [one.checkpoint.size for one in signer.every()] == [7, 3]


def test_of_two_forks_at_once_one_is_signed(signer: Signer, tmp_path: Path) -> None:
    _sign(signer, LEAVES, 5)
    won: list[bytes] = []
    lost: list[ForkError] = []
    together = threading.Barrier(8)

    def try_it(leaves: list[bytes]) -> None:
        mine = signers.load(tmp_path)
        together.wait()
        try:
            _sign(mine, leaves, 12)
            won.append(merkle.root(leaves[:12]))
        except ForkError as error:
            lost.append(error)

    threads = [threading.Thread(target=try_it, args=(leaves,)) for leaves in (LEAVES, OTHERS) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(lost), len(set(won))) == (4, 4, 1)


def test_a_proof_that_cannot_be_made_signs_nothing(signer: Signer) -> None:
    _sign(signer, LEAVES, 5)

    with pytest.raises(RuntimeError):
        signer.sign(ORIGIN, 9, merkle.root(LEAVES[:9]), _unable)
    assert _sign(signer, LEAVES, 12)


def test_the_key_is_this_users_alone_and_keeps_its_name(signer: Signer, tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "log-key"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("PRIVATE+KEY+stock.example.com+")
    assert signers.load(tmp_path, "stock.example.com").verifier(ORIGIN) == signer.verifier(ORIGIN)
    with pytest.raises(UsageError, match="keep that name"):
        signers.load(tmp_path, "other.example.com")


@pytest.mark.parametrize("name", ["", "a b", "A", "x/y", "x+y", ".x", "x" * 200])
def test_a_name_that_no_key_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="log_name"):
        signers.load(tmp_path, name)


def test_a_made_up_name_is_kept(tmp_path: Path) -> None:
    assert signers.load(tmp_path).name == signers.load(tmp_path).name != signers.load(tmp_path / "other").name


@pytest.mark.parametrize("damage", [b"", b"PRIVATE+KEY+x+00000000+AA==", b"\xff"])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, damage: bytes) -> None:
    signers.load(tmp_path)
    path = tmp_path / "secrets" / "log-key"
    path.write_bytes(damage)

    with pytest.raises(OperationError, match="damaged"):
        signers.load(tmp_path)
    assert path.read_bytes() == damage


def test_a_damaged_store_signs_nothing(signer: Signer, tmp_path: Path) -> None:
    _sign(signer, LEAVES, 5)
    (tmp_path / "log" / "statements.sqlite").write_bytes(b"not a database at all, but long enough" * 200)

    with pytest.raises(OperationError, match="cannot be used"):
        _sign(signer, LEAVES, 6)


def test_no_promise_can_be_read_as_a_checkpoint(signer: Signer) -> None:
    key = signer.promisers[0].verifier

    assert key.public != signer.verifier(ORIGIN).public
    assert key.name == "stock.example.com/promises"


def _sign(signer: Signer, leaves: list[bytes], size: int) -> str:
    tree = leaves[:size]

    def prove_from(old: int) -> list[bytes]:
        return merkle.consistency_proof(old, size, lambda height, n: _node(tree, height, n))

    return signer.sign(ORIGIN, size, merkle.root(tree), prove_from)


def _node(leaves: list[bytes], height: int, n: int) -> bytes:
    return merkle.root(leaves[n << height : (n + 1) << height])


def _unable(_: int) -> Iterator[bytes]:
    raise RuntimeError("the database went away")
