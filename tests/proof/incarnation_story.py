"""What runs when a log is held and taken up again, and when witnesses see it; after a checkpoint was kept."""

from contextlib import closing
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import make_conninfo

from velaurum.audit import cosignatures, incarnations, logs
from velaurum.audit.incarnations import Loss
from velaurum.db.connection import Database, Tx
from velaurum.identity import tokens
from velaurum.proofs import notes, policies
from velaurum.proofs.notes import Signer
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(
    f"audit.{name}"
    for name in (
        "incarnations.standings",
        "incarnations.hold",
        "cosignatures.uncosigned",
        "cosignatures.keep",
    )
)
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
        with door.installation() as tx:
            (standing,) = [one for one in incarnations.standings(tx) if one.org_id == org_id]
            assert standing.held_reason is None
        with door.installation() as outside:
            incarnations.hold(outside.within(org_id), org_id, "it came back behind")


def take_up(outside: Tx, org_id: OrgId, token_id: str) -> None:
    """Read what was cosigned, cut a token off, and take the log up again."""
    tx = outside.within(org_id)
    signed = next(one for one in logs.every(tx, org_id) if one.size == 1)
    assert signed.note != cosignatures.cosigned(tx, org_id, signed)
    policy = policies.parse(f"witness w {_WITNESS.verifier}\nquorum w\n".encode())
    assert cosignatures.enough(tx, org_id, signed.incarnation, signed.size - 1, policy) is not None
    assert cosignatures.newest_of_each(tx, org_id)
    assert cosignatures.delay(tx, org_id, signed) is not None
    assert orgs.held(outside)
    assert incarnations.held(tx, org_id) is not None
    assert tokens.cut_off(outside, org_id, token_id)
    lost = Loss(incarnations.current(tx, org_id) + 2, signed.size, 1, signed.size + 1, "A" * 43 + "=")
    assert incarnations.reopen(tx, org_id, lost, "restored") in incarnations.list_all(tx, org_id)
