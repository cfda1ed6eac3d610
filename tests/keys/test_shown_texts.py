"""Texts that are shown to somebody: a slow provider is waited for briefly, one that is away is asked once (V-08)."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest

from keys.conftest import Bench
from support.keyrings import KeptInMemory
from velaurum.db.tallies import Tally
from velaurum.errors import Refusal
from velaurum.keys import sealed_texts
from velaurum.keys.closed_keys import LIFE_S
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.providers import KeyUnavailableError, WrappingKey
from velaurum.keys.sealed_texts import SealedText
from velaurum.tenancy.context import OrgId

PEOPLE = 20
SLOW_S = 0.6
LONGEST_S = 5.0


class Slow(KeptInMemory):
    """A provider that takes its time to unwrap, and may be away after that."""

    def __init__(self) -> None:
        super().__init__()
        self.unwrapping_s = 0.0
        self.is_away = False
        self.unwrapped = 0

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        self.unwrapped += 1
        time.sleep(self.unwrapping_s)
        if self.is_away:
            raise KeyUnavailableError("it is away")
        return super().unwrap(key, wrapped, bound)


@pytest.fixture
def provider() -> Slow:
    return Slow()


@pytest.fixture
def people(bench: Bench, org_id: OrgId, provider: Slow) -> list[SealedText]:
    """Return the sealed names of as many people as stand on a page."""
    keyring, sealed = bench.keyring(providers=[provider]), []
    for _ in range(PEOPLE):
        whose = str(uuid.uuid4())
        where = Place(org_id, "identity.principal", "name", whose)
        with bench.within(org_id) as tx:
            text = sealed_texts.seal(tx, org_id, keyring, where, "Ada", whose)
        sealed.append(SealedText(where, text, whose))
    return sealed


def _shown(bench: Bench, keyring: Keyring, people: Sequence[SealedText], tally: Tally | None = None) -> int:
    """Return how many names a page shows."""
    org_id = OrgId(people[0].place.org_id)
    with bench.within(org_id) as within:
        tx = replace(within, tally=tally or Tally())
        asked = dict(enumerate(people))
        texts, closed = sealed_texts.open_each(tx, org_id, keyring, asked, are_shown=True)
    assert len(texts) + len(closed) == len(people)
    assert all(isinstance(one, Refusal) for one in closed.values())
    return len(texts)


def test_a_page_of_people_is_one_statement(bench: Bench, provider: Slow, people: list[SealedText]) -> None:
    tally = Tally()

    assert _shown(bench, bench.keyring(providers=[provider]), people, tally) == PEOPLE
    assert tally.statements == 1


def test_a_slow_provider_is_asked_for_five_seconds_and_goes_on_from_there_the_next_time(
    bench: Bench, provider: Slow, people: list[SealedText]
) -> None:
    provider.unwrapping_s = SLOW_S
    keyring = bench.keyring(providers=[provider])

    begun = time.monotonic()
    first = _shown(bench, keyring, people)
    took = time.monotonic() - begun

    assert took < LONGEST_S + 2 * SLOW_S
    assert 0 < first < PEOPLE
    provider.unwrapping_s = 0
    assert _shown(bench, keyring, people) == PEOPLE


def test_a_provider_that_is_away_is_asked_once_and_again_after_a_moment(
    bench: Bench, provider: Slow, people: list[SealedText]
) -> None:
    keyring = bench.keyring(providers=[provider])
    provider.is_away = True

    assert [_shown(bench, keyring, people) for _ in range(3)] == [0, 0, 0]

    assert provider.unwrapped == 1
    provider.is_away = False
    time.sleep(LIFE_S)
    assert _shown(bench, keyring, people) == PEOPLE


def test_a_lost_share_closes_one_name_and_is_not_asked_for_each_time(
    bench: Bench, provider: Slow, people: list[SealedText]
) -> None:
    keyring = bench.keyring(providers=[provider])
    share = bench.data_dir / "shares" / people[3].place.org_id / str(people[3].subject_id)
    kept = share.read_bytes()
    share.unlink()

    assert [_shown(bench, keyring, people) for _ in range(3)] == [PEOPLE - 1] * 3

    assert provider.unwrapped == PEOPLE
    share.write_bytes(kept)
    time.sleep(LIFE_S)
    assert _shown(bench, keyring, people) == PEOPLE
