"""What the token of the tests needs is found or fetched by the project; where it cannot be, one sentence says so."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "fetch_softhsm.py"


def test_without_softhsm_and_without_apt_the_mend_is_named(tmp_path: Path) -> None:
    noted = tmp_path / ".softhsm"

    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(noted)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode != 0
    said = ended.stderr.decode()
    assert said.count("\n") == 1
    assert "install SoftHSM2" in said
    assert not noted.exists()
