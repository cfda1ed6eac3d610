"""References to secrets: what each kind finds, what is refused, and that nothing of it is repeated (V-10)."""

from pathlib import Path

import pytest

from velaurum.errors import OperationError, UsageError
from velaurum.secret_references import LARGEST, Resolver, is_reference

KEPT = "correct-horse"


@pytest.fixture
def known(tmp_path: Path) -> Resolver:
    return Resolver(tmp_path / "data")


def written(path: Path, content: bytes = KEPT.encode() + b"\n", mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_file_is_read_without_the_end_of_its_line(known: Resolver, tmp_path: Path) -> None:
    path = written(tmp_path / "password")

    assert known.secret("database_password", f"file:{path}") == KEPT


def test_a_name_is_a_file_among_the_secrets_of_the_data_directory(known: Resolver) -> None:
    written(known.data_dir / "secrets" / "warehouse")

    assert known.secret("database_password", "file:warehouse") == KEPT


def test_a_file_may_be_a_link_as_mounted_secrets_are(known: Resolver, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(written(tmp_path / "password", mode=0o440))

    assert known.secret("database_password", f"file:{link}") == KEPT


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620])
def test_a_file_that_others_can_read_or_write_is_refused(known: Resolver, tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "password", mode=mode)

    with pytest.raises(OperationError, match="others can read or write") as refused:
        known.secret("database_password", f"file:{path}")

    assert KEPT not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"two\nlines\n", b"tab\there", b"x" * (LARGEST + 1), b"\xff\xfe"],
    ids=["empty", "a line's end", "two lines", "a control", "too long", "no text"],
)
def test_a_file_that_holds_no_secret_is_refused(known: Resolver, tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "password", content)

    with pytest.raises(OperationError, match="database_password"):
        known.secret("database_password", f"file:{path}")


def test_a_file_that_is_not_there_is_named(known: Resolver, tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(OperationError, match="database_password"):
            known.secret("database_password", f"file:{path}")


@pytest.mark.parametrize("place", ["../password", "a/b", "./x", ".."])
def test_a_path_that_is_not_absolute_is_refused(known: Resolver, place: str) -> None:
    with pytest.raises(UsageError, match="names no file"):
        known.secret("database_password", f"file:{place}")


def test_a_variable_is_read_in_development_alone(known: Resolver) -> None:
    environ = {"PASSWORD_OF_MINE": KEPT}
    in_production = Resolver(known.data_dir, is_production=True)

    assert known.secret("database_password", "env:PASSWORD_OF_MINE", environ) == KEPT
    with pytest.raises(UsageError, match="refused in production"):
        in_production.secret("database_password", "env:PASSWORD_OF_MINE", environ)
    with pytest.raises(OperationError, match="is not set"):
        known.secret("database_password", "env:ANOTHER", environ)


def test_a_secret_in_the_place_of_a_reference_is_refused_and_not_repeated(known: Resolver) -> None:
    for given in (KEPT, "vault:x", "file:", ""):
        assert not is_reference(given)
        with pytest.raises(UsageError, match="no reference") as refused:
            known.secret("database_password", given)
        assert KEPT not in str(refused.value)


def test_an_object_of_a_token_is_refused_where_no_token_is_set_up(known: Resolver) -> None:
    with pytest.raises(UsageError, match="none is set up"):
        known.secret("database_password", "pkcs11:warehouse")
    with pytest.raises(UsageError, match="names no object"):
        known.secret("database_password", "pkcs11:token=stock;object=password")
