"""The server knows every statement of the product by the id that it was asked for, and counts it alike (V-14)."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from proof.calls import role_of
from proof.catalog import product
from proof.registry import entries, statements
from proof.scenario import play
from support import servers
from support.keyrings import keyring_within
from support.ledger_sql import APP, SUPERUSER
from velaurum.db import catalogue, comparison, embedded, external, queries
from velaurum.db.connection import Database
from velaurum.db.migrate import migrate
from velaurum.errors import Refusal
from velaurum.identity import administrators, claims
from velaurum.identity.claims import FirstPeople
from velaurum.identity.secrets import CLAIM_PREFIX, PLATFORM, mint
from velaurum.ops import recording
from velaurum.tenancy import orgs

# The scenario gives changes their places before its only commit, and looks things up by queries of its own; no
# statement of the product does.
FORGET_THE_SCENARIOS_OWN = (
    "select witness.pg_stat_statements_reset(s.userid, s.dbid, s.queryid) from witness.pg_stat_statements as s"
    " where s.query like 'set constraints%' or s.query like 'select /* story */%'"
)


@pytest.fixture(scope="module")
def watched() -> Iterator[embedded.Cluster]:
    """Start a server that counts for this module alone."""
    with servers.server() as server:
        migrate(server.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE))
        yield server.cluster


def test_the_server_counts_every_statement_as_often_as_the_product(watched: embedded.Cluster) -> None:
    conninfo = watched.conninfo(user=APP, dbname=embedded.DATABASE)
    ran = set()

    def keep(database: Database) -> None:
        _run_what_is_the_installations(database)
        ran.update(shape.statement for shape in database.counts.snapshot())
        recording.record(database)

    for _ in range(3):  # the driver prepares what it runs often
        play(conninfo, keep)
    with psycopg.connect(watched.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)) as admin:
        admin.execute(FORGET_THE_SCENARIOS_OWN)
    catalogue.examine(conninfo)
    external.require_sound(conninfo)
    compared = comparison.compare(conninfo)

    assert ran == {one.name for one in statements() if role_of(one.name) == APP}
    assert (compared.doubts, compared.gaps, compared.unanswered) == ((), (), 0)
    # The server counts as one what differs in nothing but constants and names.
    alike = {one.fingerprint for one in entries(product()) if one.name in ran}
    assert compared.statements >= len(alike)


def _run_what_is_the_installations(database: Database) -> None:
    with database.installation() as tx:
        orgs.list_all(tx)
        made = administrators.create(tx, f"root {uuid.uuid4()}", created_by="account test")
        assert administrators.verify(tx, made)
        assert administrators.list_all(tx)
        assert administrators.revoke(tx, made.token_id, revoked_by="account test")
        # Nobody claims what has administrators; that is asked all the same.
        assert claims.issue(tx) is None
        made_up = mint(str(PLATFORM), str(uuid.uuid4()), CLAIM_PREFIX)
        first = FirstPeople("root", "acme", "eu-west", "Ada", "ada")
        for refused in (
            lambda: claims.verify(tx, made_up),
            lambda: claims.use(tx, keyring_within(tx), made_up, first, b"", ""),
        ):
            with pytest.raises(Refusal, match="claims nothing"):
                refused()


def test_every_registered_statement_is_found_with_its_text() -> None:
    assert sorted(one.name for one in queries.registered()) == [one.name for one in statements()]


def test_the_application_can_neither_reset_nor_stop_the_count(watched: embedded.Cluster) -> None:
    with psycopg.connect(watched.conninfo(user=APP, dbname=embedded.DATABASE), autocommit=True) as connection:
        for attempt in (
            b"select witness.pg_stat_statements_reset()",
            b"set pg_stat_statements.track = 'none'",
            b"set compute_query_id = off",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(attempt)
