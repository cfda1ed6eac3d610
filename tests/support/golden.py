"""Golden files: reviewed once, changed only with a diff that somebody reads. `make golden` rewrites them."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "golden"
WRITE = "VELAURUM_WRITE_GOLDEN"


def assert_golden(name: str, text: str) -> None:
    """Compare `text` with the golden file `name`, or write it when the environment says so."""
    path = FOLDER / name
    if os.environ.get(WRITE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text, f"{name} differs: run `make golden` and read the diff"
