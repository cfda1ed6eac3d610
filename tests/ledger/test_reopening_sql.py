"""Reopening a period by two persons, when the first of them is not what they were any more (V-24)."""

import psycopg
import pytest
from psycopg import sql

from ledger.test_periods_sql import Books, books
from support.ledger_sql import SUPERUSER, Connect, act_as

__all__ = ["books"]


@pytest.mark.parametrize(
    "change",
    [
        "identity.token set revoked_at = clock_timestamp(), revoked_by = created_by where principal_id = %s",
        "identity.principal set disabled_at = clock_timestamp(), disabled_by = created_by where id = %s",
    ],
)
def test_who_asked_and_may_no_longer_reopens_nothing(books: Books, as_role: Connect, change: str) -> None:
    july, *_ = books.months()
    books.close(july)
    books.ask(july, books.ann)
    owner = as_role(SUPERUSER)
    act_as(owner, books.bob[0])
    update = sql.SQL("update {} and org_id = %s").format(sql.SQL(change))  # type: ignore[arg-type]  # of this file
    owner.execute(update, [books.ann[0], books.org.org_id])

    with pytest.raises(psycopg.Error) as refusal:
        books.confirm(july, books.bob)

    assert refusal.value.sqlstate == "VL006"
    assert books.states() == ["closed", "open", "open"]


def test_who_asked_with_a_credential_that_ended_may_by_another(books: Books, as_role: Connect) -> None:
    july, *_ = books.months()
    books.close(july)
    books.ask(july, books.ann)
    owner = as_role(SUPERUSER)
    act_as(owner, books.bob[0])
    owner.execute(
        "insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)"
        " select t.org_id, gen_random_uuid(), t.principal_id, t.role, sha256('other'), t.created_by, t.expires_at"
        " from identity.token as t where t.org_id = %s and t.principal_id = %s",
        [books.org.org_id, books.ann[0]],
    )
    owner.execute(
        "update identity.token set revoked_at = clock_timestamp(), revoked_by = created_by where id = %s",
        [books.ann[1]],
    )

    assert books.confirm(july, books.bob)
