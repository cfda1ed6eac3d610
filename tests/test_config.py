"""Settings from a file: read only when nobody else could have written them."""

from pathlib import Path

import pytest

from velaurum import config
from velaurum.errors import UsageError


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "velaurum.toml"
    path.write_text('org = "acme"\n')
    path.chmod(0o644)

    assert config.load(environ={}, directory=tmp_path).org == "acme"


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "velaurum.toml"
    path.write_text('pg_bin = "/somewhere/else"\n')
    path.chmod(mode)

    with pytest.raises(UsageError, match="written by somebody else"):
        config.load(environ={}, directory=tmp_path)
