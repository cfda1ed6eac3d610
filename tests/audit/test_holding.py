"""What the signer refuses is held at once, and so is what nobody opened here; everybody else goes on (V-20)."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, LOGIN_ROLES, SUPERUSER, Connect, ConninfoOf, Org
from velaurum.audit import origins, signers
from velaurum.audit.signers import Signer
from velaurum.db import operator as operators
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops import reopening
from velaurum.ops.integrating import Integrator
from velaurum.tenancy.context import OrgId

OrgFactory = Callable[..., Org]
HELD = "VL025"
LETTING_GO = (
    "select audit.open_incarnation(%(org_id)s, 1, 0, 1, 'x', 'x')",
    "select platform.open_meta_incarnation(1, 0, 0, 1, repeat('A', 43) || '=', 'x')",
    "set role velaurum_operator",
)
OTHER_DEEDS = (
    "select from ledger.movement",
    "select from identity.token",
    "select code from tenancy.org",
    "select audit.hold(%(org_id)s, 'x')",
    "select ledger.post_movements(%(org_id)s, '[]', false)",
    "update tenancy.org set held_since = null",
    "set role velaurum_owner",
)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return signers.load(tmp_path, "log.example")


@pytest.fixture
def integrator(conninfo: ConninfoOf, signer: Signer) -> Iterator[Integrator]:
    with closing(Database(conninfo("velaurum_integrator"), max_connections=1)) as door:
        yield Integrator(door, signer)


@pytest.fixture
def application(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(Database(conninfo(APP), max_connections=1)) as door:
        yield door


@pytest.fixture
def operator(conninfo: ConninfoOf) -> Iterator[Database]:
    with closing(operators.door(conninfo(SUPERUSER))) as door:
        yield door


@pytest.fixture
def org(org_factory: OrgFactory) -> Org:
    made = org_factory(items=["BOLT"], locations=["A"])
    made.receive("BOLT", "A", "1")
    return made


@pytest.fixture
def other(org_factory: OrgFactory) -> Org:
    return org_factory(items=["BOLT"], locations=["A"])


def test_what_the_signer_refuses_takes_no_entry_from_then_on(
    org: Org, other: Org, integrator: Integrator, signer: Signer
) -> None:
    _sign_ahead(signer, org)

    integrator.follow()

    for write in (lambda: org.receive("BOLT", "A", "1"), lambda: org.item("NUT")):
        with pytest.raises(psycopg.Error) as refused:
            write()
        assert refused.value.sqlstate == HELD
    other.receive("BOLT", "A", "1")


def test_an_incarnation_that_nobody_opened_here_is_not_signed(
    org: Org, integrator: Integrator, admin: psycopg.Connection[Any]
) -> None:
    integrator.follow()
    _by_force(admin, org)

    integrator.follow()

    with pytest.raises(psycopg.Error) as refused:
        org.receive("BOLT", "A", "1")
    assert refused.value.sqlstate == HELD
    assert admin.execute("select max(incarnation) from audit.checkpoint").fetchone() == (0,)


def test_a_log_is_opened_when_it_is_held_and_only_then(
    org: Org, integrator: Integrator, application: Database, operator: Database, signer: Signer
) -> None:
    org_id = OrgId(org.org_id)
    with pytest.raises(OperationError, match="Nothing was ever signed"), application.installation() as tx:
        reopening.loss(tx.within(org_id), signer, org_id)
    integrator.follow()
    with application.installation() as tx:
        lost = reopening.loss(tx.within(org_id), signer, org_id)
    assert lost.size == lost.common_size == lost.lost_size

    with pytest.raises(Refusal) as refused:
        reopening.reopen(operator, signer, org_id, lost, "to be sure")

    assert refused.value.code == "conflict"
    org.receive("BOLT", "A", "1")


@pytest.mark.parametrize("reason", ["", "x" * 201])
def test_a_reason_is_needed(
    org: Org, integrator: Integrator, application: Database, operator: Database, signer: Signer, reason: str
) -> None:
    org_id = OrgId(org.org_id)
    _sign_ahead(signer, org)
    integrator.follow()
    with application.installation() as tx:
        lost = reopening.loss(tx.within(org_id), signer, org_id)

    with pytest.raises(Refusal) as refused:
        reopening.reopen(operator, signer, org_id, lost, reason)

    assert (lost.common_size, lost.lost_size, refused.value.code) == (0, 1_000, "invalid-field")
    assert signer.opened(org_id) == {}


@pytest.mark.parametrize("role", [APP, "velaurum_auditor"])
def test_nobody_but_the_integrator_holds(org: Org, as_role: Connect, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role(role).execute("select audit.hold(%s, 'x')", [org.org_id])


@pytest.mark.parametrize("role", LOGIN_ROLES)
@pytest.mark.parametrize("attempt", LETTING_GO)
def test_whoever_logs_in_as_a_role_of_the_product_cannot_let_go(
    org: Org, integrator: Integrator, signer: Signer, as_role: Connect, role: str, attempt: str
) -> None:
    """Attack: a stolen password of the server's roles, the application's first, takes a held log up again."""
    _sign_ahead(signer, org)
    integrator.follow()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role(role).execute(attempt.encode(), {"org_id": org.org_id})

    with pytest.raises(psycopg.Error) as refused:
        org.receive("BOLT", "A", "1")
    assert refused.value.sqlstate == HELD


def test_the_integrator_does_not_write_the_hold_itself(as_role: Connect) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role("velaurum_integrator").execute("update tenancy.org set held_since = null, held_reason = null")


def test_nobody_logs_in_as_the_operator(conninfo: ConninfoOf) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo(operators.ROLE))
    with pytest.raises(OperationError, match="may not become velaurum_operator"):
        operators.door(conninfo(APP))


@pytest.mark.parametrize("deed", OTHER_DEEDS)
def test_the_operator_does_nothing_else(org: Org, admin: psycopg.Connection[Any], deed: str) -> None:
    admin.execute("select set_config('velaurum.org', %s, false)", [org.org_id])
    admin.execute("set session authorization velaurum_operator")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute(deed.encode(), {"org_id": org.org_id})


def test_the_operator_takes_a_held_log_up_again(
    org: Org, integrator: Integrator, application: Database, operator: Database, signer: Signer
) -> None:
    org_id = OrgId(org.org_id)
    _sign_ahead(signer, org)
    integrator.follow()
    with application.installation() as tx:
        lost = reopening.loss(tx.within(org_id), signer, org_id)
    opened = reopening.reopen(operator, signer, org_id, lost, "restored")

    assert opened.number == 1
    org.receive("BOLT", "A", "1")


def _sign_ahead(signer: Signer, org: Org) -> None:
    """Sign more of a log than there is, as before a restore."""
    origin = origins.of_org(signer.name, OrgId(org.org_id), 0)
    signer.sign(origin, 1_000, b"\x07" * 32, lambda _: [])


def _by_force(admin: psycopg.Connection[Any], org: Org) -> None:
    """Open the next incarnation as a superuser would, past every routine."""
    with admin.transaction():
        admin.execute("select set_config('velaurum.org', %s, true)", [org.org_id])
        admin.execute("select set_config('velaurum.sub_orgs', '*', true)")
        admin.execute(
            "select identity.act_as(p.org_id, p.id, null, null) from identity.principal as p"
            " where p.org_id = %s and p.created_by = p.id",
            [org.org_id],
        )
        admin.execute(
            "insert into audit.incarnation select p.org_id, gen_random_uuid(), 1, now(), 1, 0, 1,"
            " repeat('A', 43) || '=', 'forged', p.id from identity.principal as p"
            " where p.org_id = %s and p.created_by = p.id",
            [org.org_id],
        )
