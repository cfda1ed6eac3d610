"""Small logs are read by compiled loops here, as large ones are."""

import pytest

from velaurum.exports import fast


@pytest.fixture(autouse=True)
def compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "FEWEST_ENTRIES", 0)
