"""Small logs are read by compiled loops here, as large ones are."""

import pytest

from support.readings import batch
from velaurum.exports import fast
from velaurum.exports.arrays import Arrays


@pytest.fixture(autouse=True, scope="session")
def compiled() -> None:
    """Compile before anything is timed."""
    assert Arrays(0).add(batch([]), [])


@pytest.fixture(autouse=True)
def compiled_loops_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "FEWEST_ENTRIES", 0)
