"""The local keystore: a file for each version, this user's alone, and read anew each time."""

import stat
from pathlib import Path

import pytest

from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

SECRET = bytes(range(32))


def _files(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "secrets" / "wrapping-keys").iterdir())


def test_versions_follow_one_another_in_files_of_this_user_alone(tmp_path: Path) -> None:
    keystore = LocalKeystore(tmp_path)

    keys = [keystore.create("org") for _ in range(11)]

    assert [key.version for key in keys] == [str(n) for n in range(1, 12)]
    assert keystore.newest("org") == keys[-1]
    assert {stat.S_IMODE(file.stat().st_mode) for file in _files(tmp_path)} == {0o600}


def test_what_was_wrapped_opens_with_its_version_for_what_it_was_bound_to(tmp_path: Path) -> None:
    keystore = LocalKeystore(tmp_path)
    one, other = keystore.create("org"), keystore.create("org")

    wrapped = keystore.wrap(one, SECRET, b"bound")

    assert keystore.unwrap(one, wrapped, b"bound") == SECRET
    assert SECRET not in wrapped
    for key, what, bound in (
        (other, wrapped, b"bound"),
        (one, wrapped, b"other"),
        (one, wrapped[:-1], b"bound"),
        (one, b"", b"bound"),
    ):
        with pytest.raises(KeyRefusedError):
            keystore.unwrap(key, what, bound)


def test_a_file_that_is_gone_cut_or_a_name_that_is_none_makes_a_key_unavailable(tmp_path: Path) -> None:
    keystore = LocalKeystore(tmp_path)
    key = keystore.create("org")
    wrapped = keystore.wrap(key, SECRET, b"bound")
    (file,) = _files(tmp_path)
    content = file.read_bytes()

    file.write_bytes(content[:-1])
    with pytest.raises(KeyUnavailableError):
        keystore.unwrap(key, wrapped, b"bound")
    file.unlink()
    with pytest.raises(KeyUnavailableError):
        keystore.unwrap(key, wrapped, b"bound")
    for name in ("../org", "", "ORG", "org/../org"):
        with pytest.raises(KeyUnavailableError):
            keystore.wrap(WrappingKey("local", name, "1"), SECRET, b"bound")
    with pytest.raises(KeyUnavailableError):
        keystore.newest("org")
    file.write_bytes(content)

    assert keystore.unwrap(key, wrapped, b"bound") == SECRET


def test_a_destroyed_version_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    keystore = LocalKeystore(tmp_path)
    one, other = keystore.create("org"), keystore.create("org")

    keystore.destroy(one)
    keystore.destroy(one)

    with pytest.raises(KeyUnavailableError):
        keystore.wrap(one, SECRET, b"bound")
    assert keystore.newest("org") == other
    keystore.wrap(other, SECRET, b"bound")
