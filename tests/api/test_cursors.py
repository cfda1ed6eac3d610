"""The cursor key: whole or not at all."""

from pathlib import Path

import pytest

from velaurum.api import cursors
from velaurum.errors import OperationError


def test_the_key_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    first = cursors.load_key(tmp_path)

    assert cursors.load_key(tmp_path) == first
    assert len(first) == cursors.KEY_BYTES
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()] == [0o600]


def test_a_damaged_key_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "cursor-key").touch()

    with pytest.raises(OperationError, match="damaged"):
        cursors.load_key(tmp_path)
