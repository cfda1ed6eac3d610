"""A provider that is slow, wrong, revoked or gone takes along what needs its key, for as long as it is, and no more."""

import logging
import os
import shutil
import signal
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from keys.conftest import Bench
from support import key_service
from support.key_service import KeyService
from velaurum.errors import Refusal
from velaurum.keys.asking import AT_ONCE, Asking
from velaurum.keys.envelopes import Place
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.tenancy.context import OrgId

PATIENCE_S = 0.5
SOON_S = 15.0


def _gone(file: Path) -> None:
    file.unlink()


def _unreadable(file: Path) -> None:
    # Also by root, who may read what is closed to everybody.
    file.unlink()
    file.mkdir()


def _wrong(file: Path) -> None:
    file.write_bytes(os.urandom(32))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:16])


@pytest.mark.parametrize("harm", [_gone, _unreadable, _wrong, _cut])
def test_what_needs_a_key_that_cannot_be_used_is_refused_until_it_can_again(
    bench: Bench, place: Place, other_id: OrgId, harm: Callable[[Path], None]
) -> None:
    sealed = bench.seal(bench.keyring(), place, b"x")
    file = bench.data_dir / "secrets" / "wrapping-keys" / f"{place.org_id}.1"
    kept = file.read_bytes()
    keyring = bench.keyring()

    harm(file)
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            bench.open(keyring, place, sealed)
        assert (refused.value.code, refused.value.retry_after_s) == ("key-unavailable", 5)
    with pytest.raises(Refusal, match="cannot be used"):
        bench.seal(keyring, place, b"x")
    elsewhere = replace(place, org_id=other_id)
    assert bench.open(keyring, elsewhere, bench.seal(keyring, elsewhere, b"y")) == b"y"
    if file.is_dir():
        file.rmdir()
    file.write_bytes(kept)

    assert bench.open(keyring, place, sealed) == b"x"
    assert bench.open(keyring, place, bench.seal(keyring, place, b"z")) == b"z"


def test_nothing_is_sealed_where_no_first_key_can_be_made(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    folder = bench.data_dir / "secrets"
    folder.mkdir()
    (folder / "wrapping-keys").write_bytes(b"no folder")

    with pytest.raises(Refusal) as refused:
        bench.seal(keyring, place, b"x")
    assert refused.value.code == "key-unavailable"
    (folder / "wrapping-keys").unlink()

    assert bench.open(keyring, place, bench.seal(keyring, place, b"x")) == b"x"


def test_a_provider_that_hangs_keeps_nobody_for_long_and_is_found_again(
    bench: Bench, org_id: OrgId, other_id: OrgId, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    socket, place = tmp_path / "socket", Place(org_id, "t", "c", str(uuid.uuid4()))
    providers = [KeyService(socket), LocalKeystore(bench.data_dir)]
    with key_service.running(socket) as process:
        sealed = bench.seal(bench.keyring(providers=providers, default="theirs"), place, b"x")
        keyring = bench.keyring(providers=providers, asking=Asking(PATIENCE_S, rest_s=0.1))
        process.send_signal(signal.SIGSTOP)

        with ThreadPoolExecutor(3 * AT_ONCE) as pool:
            begun = time.monotonic()
            asked = [pool.submit(_refused, bench, keyring, place, sealed) for _ in range(3 * AT_ONCE)]
            codes = {one.result() for one in asked}
            took = time.monotonic() - begun
        assert codes == {"key-unavailable"}
        assert took < SOON_S
        elsewhere = Place(other_id, "t", "c", "1")
        assert bench.open(keyring, elsewhere, bench.seal(keyring, elsewhere, b"y")) == b"y"

        process.send_signal(signal.SIGCONT)
        until = time.monotonic() + SOON_S
        opened = b""
        while not opened and time.monotonic() < until:
            with suppress(Refusal):
                opened = bench.open(keyring, place, sealed)
    assert opened == b"x"
    told = [one.levelno for one in caplog.records if one.name == "velaurum.keys"]
    assert (told[0], told[-1]) == (logging.ERROR, logging.WARNING)
    assert len(told) < AT_ONCE


def _refused(bench: Bench, keyring: object, place: Place, sealed: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        bench.open(keyring, place, sealed)  # type: ignore[arg-type]
    return refused.value.code


def test_a_key_that_is_open_serves_while_its_provider_is_away(bench: Bench, place: Place) -> None:
    keyring = bench.keyring()
    sealed = bench.seal(keyring, place, b"x")

    shutil.rmtree(bench.data_dir / "secrets")

    assert bench.open(keyring, place, sealed) == b"x"
    with pytest.raises(Refusal, match="cannot be used"):
        bench.open(bench.keyring(), place, sealed)


def test_an_organisation_whose_provider_is_not_set_up_here_is_refused(bench: Bench, place: Place) -> None:
    sealed = bench.seal(bench.keyring(), place, b"x")

    with pytest.raises(Refusal, match="nothing here speaks to local") as refused:
        bench.open(bench.keyring(providers=[]), place, sealed)
    assert refused.value.code == "key-unavailable"
