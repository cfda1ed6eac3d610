"""What runs when a log is verified, held and taken up again, and when witnesses see it; after a checkpoint was kept."""

from contextlib import closing
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import make_conninfo

from support.ledger_sql import SUPERUSER
from velaurum.audit import cosignatures, incarnations, logs, verifications
from velaurum.audit.incarnations import Loss
from velaurum.audit.verifications import Result
from velaurum.db import operator
from velaurum.db.connection import Database, Tx
from velaurum.identity import principals, tokens
from velaurum.ops.evidence import cosigned
from velaurum.ops.evidence.findings import Findings
from velaurum.proofs import notes, policies
from velaurum.proofs.notes import Signer
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext, OrgId

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(
    f"audit.{name}"
    for name in (
        "incarnations.standings",
        "incarnations.hold",
        "cosignatures.uncosigned",
        "cosignatures.keep",
        "verifications.record",
    )
)
# This runs as the operator's.
OF_THE_OPERATOR = frozenset(("audit.incarnations.open",))
_WITNESS = Signer("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), notes.COSIGNATURE)


def cosign_and_hold(conninfo: str, org_id: OrgId) -> None:
    """Keep cosignatures of the first checkpoint and the newest, then hold the log, as the integrator."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            (asked,) = [one for one in cosignatures.uncosigned(tx, _WITNESS.verifier) if one.org_id == org_id]
        with door.installation() as outside:
            for size in (1, asked.size):
                signature = _WITNESS.sign("any text\n", 1_800_000_000)
                cosignatures.keep(outside.within(org_id), org_id, replace(asked, size=size), signature)
        for findings, is_scheduled in ((0, True), (2, False)):
            with door.installation() as outside:
                verifications.record(outside.within(org_id), org_id, _result(findings, is_scheduled))
        with door.installation() as tx:
            (standing,) = [one for one in incarnations.standings(tx) if one.org_id == org_id]
            assert standing.held_reason is None
        with door.installation() as outside:
            incarnations.hold(outside.within(org_id), org_id, "it came back behind")


def _result(findings: int, is_scheduled: bool) -> Result:
    instants = "2026-11-22T10:00:00.000000Z", "2026-11-22T10:00:09.000000Z"
    codes = ["entry-differs"] if findings else []
    return Result(*instants, 5, "A" * 43 + "=", findings, codes, "0.1.0", "0f" * 32, is_scheduled)


def read_verifications(tx: Tx, org: OrgContext) -> None:
    """Read what verifications found."""
    scheduled, newest = (
        verifications.newest(tx, org.org_id, is_scheduled=is_scheduled) for is_scheduled in (True, False)
    )
    assert scheduled is not None
    assert newest is not None
    assert (scheduled.findings, newest.findings) == (0, 2)
    by_hand, by_schedule = verifications.list_all(tx, org, before_id=verifications.LAST, limit=9)
    assert (by_hand.log_index or 0) > (by_schedule.log_index or 0) > 0
    assert verifications.list_all(tx, org, before_id=by_hand.id, limit=9) == [by_schedule]


def cut_off(outside: Tx, org_id: OrgId, token_id: str, principal_id: str) -> Loss:
    """Read what was cosigned, cut a token and a principal off; return with what the log is taken up again."""
    tx = outside.within(org_id)
    signed = next(one for one in logs.every(tx, org_id) if one.size == 1)
    assert signed.note != cosignatures.cosigned(tx, org_id, signed)
    policy = policies.parse(f"witness w {_WITNESS.verifier}\nquorum w\n".encode())
    assert cosignatures.enough(tx, org_id, signed.incarnation, signed.size - 1, policy) is not None
    assert cosignatures.newest_of_each(tx, org_id)
    findings = Findings()
    assert cosigned.verify_log(tx, org_id, "acme", (), findings) == len(findings.kept) > 0
    assert cosignatures.delay(tx, org_id, signed) is not None
    assert orgs.held(outside)
    assert incarnations.held(tx, org_id) is not None
    assert tokens.cut_off(outside, org_id, token_id)
    assert principals.cut_off(outside, org_id, principal_id)
    return Loss(incarnations.current(tx, org_id) + 2, signed.size, 1, signed.size + 1, "A" * 43 + "=")


def take_up(conninfo: str, org_id: OrgId, lost: Loss) -> None:
    """Take the log up again, as the operator."""
    with (
        closing(operator.door(make_conninfo(conninfo, user=SUPERUSER))) as door,
        door.installation() as outside,
    ):
        tx = outside.within(org_id)
        assert incarnations.held(tx, org_id) is not None
        assert incarnations.reopen(tx, org_id, lost, "restored").number == lost.number
