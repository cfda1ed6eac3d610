"""Invitations between two statements: who is enabled meanwhile, whose login is taken, and who has not the secret."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
import pytest

from support.api_orgs import ApiOrg
from support.browsers import operator
from support.guests import invite, member
from support.staff import administrator
from velaurum.db.connection import Database
from velaurum.db.person_names import Kept
from velaurum.identity import invitations
from velaurum.identity.secrets import INVITATION_PREFIX, parse

INVITE: LiteralString = """
    select outcome from identity.invite(
        %(org)s, %(by)s, null, gen_random_uuid(), 'fresh', sha256('r'), gen_random_uuid(), %(whom)s, %(login)s,
        %(index)s, null, sha256('s'), interval '1 hour', null)"""
OPEN: LiteralString = """
    select count(*) from identity.invitation as i
    where i.org_id = %s and i.principal_id = %s and i.revoked_at is null and i.redeemed_at is null"""


@pytest.fixture
def by_hand(org: ApiOrg, api_door: Database) -> Iterator[tuple[psycopg.Connection[Any], Any]]:
    with operator(api_door, org) as (connection, operator_id):
        connection.execute("select tenancy.set_context(%s, null)", [org.org_id])
        yield connection, operator_id
        connection.rollback()


def test_who_was_disabled_when_their_login_was_to_be_sealed_is_not_invited(
    org: ApiOrg, by_hand: tuple[psycopg.Connection[Any], Any]
) -> None:
    connection, operator_id = by_hand
    asked = {"org": org.org_id, "by": operator_id, "whom": administrator(org).hires("Ada"), "login": None}

    assert connection.execute(INVITE, {**asked, "index": b"x" * 32}).fetchone() == ("invalid",)


def test_who_is_refused_a_login_keeps_the_invitation_that_they_have(
    org: ApiOrg, by_hand: tuple[psycopg.Connection[Any], Any]
) -> None:
    connection, operator_id = by_hand
    bea, waiting = member(org, login="bea"), administrator(org).hires("Ada")
    invite(org, waiting, "ada")
    taken = connection.execute(
        "select login, login_index from identity.password where org_id = %s and principal_id = %s",
        [org.org_id, bea.principal_id],
    ).fetchone()
    assert taken is not None
    asked = {"org": org.org_id, "by": operator_id, "whom": waiting, "login": taken[0], "index": taken[1]}

    assert connection.execute(INVITE, asked).fetchone() == ("taken",)
    assert connection.execute(OPEN, [org.org_id, waiting]).fetchone() == (1,)


class _Asked:
    """Opens nothing, and knows how often it was asked to."""

    times = 0

    def opened(self, _tx: Any, _org_id: str, _asked: Collection[Kept]) -> Mapping[Kept, str]:
        self.times += 1
        return {}


def test_nothing_is_opened_for_who_has_not_the_secret(
    org: ApiOrg, api_door: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = parse(invite(org, administrator(org).hires("Ada")).secret, (INVITATION_PREFIX,))
    assert right is not None
    asked = _Asked()
    monkeypatch.setattr(api_door, "names", asked)

    with api_door.installation() as outside:
        wrong = replace(right, secret=secrets.token_bytes(32))
        assert invitations.find(outside, wrong) is None
        assert asked.times == 0
        assert invitations.find(outside, right) is not None
        assert asked.times > 0
