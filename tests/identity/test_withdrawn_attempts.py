"""An attempt that nobody could look at is taken back, alone, and makes nobody faster who guesses."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, Org, create_org

FREE = 4
OWED_FOR_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Login:
    """A login at which somebody tries to sign in."""

    connection: psycopg.Connection[Any]
    admin: psycopg.Connection[Any]
    org_id: str
    key_hash: bytes

    def attempt(self) -> int:
        return int(self._value("select identity.attempt_sign_in(%s, array['login'], array[%s::bytea])"))

    def withdraw(self) -> None:
        self._value("select identity.withdraw_sign_in(%s, array[%s::bytea])")

    def waits(self) -> None:
        """Let the delay be over."""
        self.admin.execute(
            "update identity.sign_in_failure set blocked_until = clock_timestamp() where key_hash = %s",
            [self.key_hash],
        )

    def fails(self, count: int) -> None:
        for _ in range(count):
            assert self.attempt() == 0
            self.waits()

    def owed(self) -> tuple[int, int]:
        """Return how many failures are owed, and how many seconds are to be waited for them."""
        owed, wait = self.admin.execute(
            "select ceil(extract(epoch from f.owed_until - clock_timestamp()) / %s),"
            " ceil(extract(epoch from f.blocked_until - clock_timestamp()))"
            " from identity.sign_in_failure as f where f.key_hash = %s",
            [OWED_FOR_S, self.key_hash],
        ).fetchone() or (0, 0)
        return max(int(owed), 0), max(int(wait), 0)

    def _value(self, call: str) -> Any:
        row = self.connection.execute(call.encode(), [self.org_id, self.key_hash]).fetchone()
        return None if row is None else row[0] or 0


@pytest.fixture
def org(as_role: Connect) -> Org:
    return create_org(as_role(APP))


@pytest.fixture
def login(org: Org, as_role: Connect) -> Callable[[], Login]:
    return lambda: Login(org.enter(), as_role(SUPERUSER), org.org_id, secrets.token_bytes(32))


def test_attempts_that_are_taken_back_are_never_delayed(login: Callable[[], Login]) -> None:
    ada = login()

    for _ in range(3 * FREE):
        assert ada.attempt() == 0
        ada.withdraw()

    assert ada.owed() == (0, 0)


@pytest.mark.parametrize("failures", [1, FREE, FREE + 1, FREE + 3])
def test_what_was_owed_before_is_owed_still(login: Callable[[], Login], failures: int) -> None:
    ada, bea = login(), login()
    for one in (ada, bea):
        one.fails(failures - 1)
        assert one.attempt() == 0
    ada.waits()

    assert ada.attempt() == 0
    ada.withdraw()

    assert ada.owed() == bea.owed()


def test_the_delay_of_who_failed_meanwhile_is_not_taken_back(login: Callable[[], Login]) -> None:
    ada, bea = login(), login()
    for one in (ada, bea):
        one.fails(FREE + 2)
    assert ada.attempt() == 0
    ada.waits()

    for one in (ada, bea):
        assert one.attempt() == 0
    ada.withdraw()

    assert ada.owed() == bea.owed()
    assert bea.owed()[1] > 0
    assert ada.attempt() > 0


def test_what_is_owed_no_more_is_not_taken_back_twice(login: Callable[[], Login]) -> None:
    ada = login()
    ada.fails(1)

    for _ in range(3):
        ada.withdraw()

    assert ada.owed() == (0, 0)
    assert [ada.attempt() for _ in range(FREE)] == [0] * FREE
