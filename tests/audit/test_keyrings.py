"""The file of the logs' keys: it is whole or refused, and a key that is retired is not in it any more."""

import itertools
from pathlib import Path

import pytest

from velaurum import secret_files
from velaurum.audit import keyrings, signers
from velaurum.audit.keyrings import Keyring, State
from velaurum.audit.signers import ForkError
from velaurum.errors import OperationError
from velaurum.proofs import checkpoints, merkle, notes, promises
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.promises import Promise
from velaurum.proofs.wire import FormatError, ProofError, to_base64

NAME = "stock.example.com"
ORIGIN = f"{NAME}/org/019a9f00-7a00-7000-8000-000000000007/0"
META_ORIGIN = f"{NAME}/meta/0"
UNTIL = "2026-12-29T00:00:00Z"
STATES = [one for one in State if one != State.RETIRED]
KEYS = [
    keyrings.make(NAME, "ed25519"),
    keyrings.make(NAME, "ed25519", State.ANNOUNCED, UNTIL),
    keyrings.make(NAME, "ml-dsa-44", State.JOINING, UNTIL),
    keyrings.make(NAME, "ed25519", State.LEAVING),
    keyrings.retired(keyrings.make(NAME, "ed25519")),
    keyrings.retired(keyrings.make(NAME, "ml-dsa-44")),
]


def test_keys_are_read_as_they_were_written() -> None:
    ring = Keyring(tuple(KEYS))

    read = keyrings.parse(ring.encode())

    assert [
        (one.verifier, one.state, one.overlap_until, one.of_promises, one.of_meta) for one in read.keys
    ] == [(one.verifier, one.state, one.overlap_until, one.of_promises, one.of_meta) for one in KEYS]
    assert [one.signs for one in read.keys] == [True, False, True, True, False, False]
    assert read.name == NAME


def test_one_key_stands_alone_as_it_always_did() -> None:
    assert Keyring((KEYS[0],)).encode().startswith(b"PRIVATE+KEY+stock.example.com+")


def test_nothing_is_left_of_a_retired_key_but_what_verifies() -> None:
    key = keyrings.make(NAME, "ed25519")
    assert key.private is not None
    secret = to_base64(b"\x01" + key.private.private_bytes_raw())

    before, after = Keyring((key,)).encode(), Keyring((KEYS[0], keyrings.retired(key))).encode()

    assert secret.encode() in before
    assert secret.encode() not in after
    assert str(key.verifier).encode() in after
    with pytest.raises(ValueError, match="destroyed"):
        keyrings.retired(key).signer(ORIGIN)


@pytest.mark.parametrize("kind", keyrings.KINDS)
def test_what_a_retired_key_signed_of_the_meta_log_verifies_from_the_file_alone(kind: str) -> None:
    key = keyrings.make(NAME, kind)
    said = Checkpoint(META_ORIGIN, 1, merkle.leaf_hash(b""))
    note = checkpoints.sign(said, [key.signer(META_ORIGIN)]).encode()

    (_, read) = keyrings.parse(Keyring((KEYS[0], keyrings.retired(key))).encode()).keys

    assert (read.state, read.private, read.of_meta) == (State.RETIRED, None, key.of_meta)
    assert checkpoints.open_signed(note, [read.verifier_of(META_ORIGIN)])[0] == said
    # The key of the logs is another one: it signs nothing of the meta-log.
    assert read.verifier_of(META_ORIGIN).public != read.verifier.public
    with pytest.raises(ProofError):
        checkpoints.open_signed(
            note, [VerifierKey(META_ORIGIN, read.verifier.algorithm, read.verifier.public)]
        )


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [KEYS[4]],
        [KEYS[1]],
        [KEYS[2]],
        [KEYS[0], keyrings.make("other.example", "ed25519")],
    ],
    ids=["none", "retired", "announced", "only ML-DSA", "two names"],
)
def test_keys_that_could_not_sign_are_refused(keys: list[keyrings.LogKey]) -> None:
    with pytest.raises(FormatError):
        keyrings.parse(Keyring(tuple(keys)).encode())


def test_every_bit_of_a_line_counts() -> None:
    content = Keyring((KEYS[0], KEYS[1])).encode()
    until = content.index(UNTIL.encode())

    for bit in range(until * 8):
        bent = bytearray(content)
        bent[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FormatError):
            keyrings.parse(bytes(bent))


@pytest.mark.parametrize(("first", "second"), list(itertools.product(STATES, STATES)))
def test_a_checkpoint_has_a_line_of_each_key_that_signs(tmp_path: Path, first: State, second: State) -> None:
    signer = signers.load(tmp_path, NAME)
    oldest = signer.keyring.keys[0]
    more = [keyrings.make(NAME, "ed25519", first), keyrings.make(NAME, "ml-dsa-44", second)]
    signer.keep(Keyring((oldest, *more)))

    note = signer.sign(ORIGIN, 1, merkle.leaf_hash(b""), lambda _: [])

    wanted = [one.verifier_of(ORIGIN) for one in (oldest, *more) if one.signs]
    assert [key for key, _ in notes.verify(notes.parse(note.encode()), signer.verifiers(ORIGIN))] == wanted
    for key in wanted:
        assert checkpoints.open_signed(note.encode(), [key])[0].size == 1


def test_keys_that_another_process_changed_sign_the_next_note(tmp_path: Path) -> None:
    running, other = signers.load(tmp_path, NAME), signers.load(tmp_path, NAME)
    before = running.sign(ORIGIN, 1, merkle.leaf_hash(b""), lambda _: [])
    new = keyrings.make(NAME, "ed25519")
    other.keep(Keyring((new, keyrings.retired(other.keyring.keys[0]))))

    after = running.sign(
        ORIGIN, 2, merkle.root([merkle.leaf_hash(b"")] * 2), lambda _: [merkle.leaf_hash(b"")]
    )

    assert len(notes.parse(before.encode()).signatures) == 1
    checkpoints.open_signed(after.encode(), [new.verifier_of(ORIGIN)])
    assert len(notes.parse(after.encode()).signatures) == 1


def test_a_fork_is_refused_whichever_key_would_sign_it(tmp_path: Path) -> None:
    signer = signers.load(tmp_path, NAME)
    signer.sign(ORIGIN, 5, b"\x01" * 32, lambda _: [])
    signer.keep(Keyring((keyrings.make(NAME, "ed25519"), keyrings.retired(signer.keyring.keys[0]))))

    for size, root in ((5, b"\x02" * 32), (4, b"\x01" * 32), (6, b"\x03" * 32)):
        with pytest.raises(ForkError):
            signer.sign(ORIGIN, size, root, lambda _: [])
    assert signer.sign(ORIGIN, 5, b"\x01" * 32, lambda _: [])  # what was signed is what it was


def test_a_promise_has_a_line_of_each_key_and_says_whose(tmp_path: Path) -> None:
    signer = signers.load(tmp_path, NAME)
    new = keyrings.make(NAME, "ed25519", State.JOINING)
    signer.keep(Keyring((signer.keyring.keys[0], new, keyrings.make(NAME, "ml-dsa-44"))))
    promise = Promise(ORIGIN, UNTIL, ((0, bytes(32)),))

    note = promises.sign(promise, signer.promisers).encode()

    keys = [one.of_promises for one in signer.keyring.keys if one.of_promises]
    assert [one.key_id for one in notes.parse(note).signatures] == [one.key_id for one in keys]
    for key in keys:
        assert promises.open_signed(note, [key]) == promise
    assert VerifierKey.parse(str(keys[0])).name == f"{NAME}/promises"


def test_a_file_that_is_damaged_while_it_is_used_stops_nobody_who_knows_the_keys(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signer = signers.load(tmp_path, NAME)
    key = signer.verifier(ORIGIN)
    secret_files.replace(tmp_path / "secrets" / "log-key", b"not a key\n")

    assert [signer.verifier(ORIGIN) for _ in range(3)] == [key] * 3
    assert caplog.text.count("cannot be read") == 1
    with pytest.raises(OperationError, match="damaged"):
        signers.load(tmp_path, NAME)


def test_two_do_not_change_the_keys_at_once(tmp_path: Path) -> None:
    one, other = signers.load(tmp_path, NAME), signers.load(tmp_path, NAME)

    with one.changing(), pytest.raises(OperationError, match="already"), other.changing():
        pass
    with other.changing() as ring:
        assert ring.name == NAME
