"""What witnesses signed is held to the checkpoint beside which it is kept, past every wall (V-20, V-22)."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.ledger_sql import INTEGRATOR
from support.sealed import Sealed
from velaurum.audit import cosignatures, metalog, signers
from velaurum.db.connection import Database
from velaurum.ops.anchoring import Anchorer
from velaurum.proofs import notes
from velaurum.proofs.notes import Signer
from velaurum.tenancy.context import OrgId

AT_S = 1_795_341_600
WITNESS = Signer("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), notes.COSIGNATURE)
FORGER = Signer("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x08" * 32), notes.COSIGNATURE)
OF_LOG, OF_META = "audit.cosignature", "platform.meta_cosignature"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "witnesses"
    path.write_text(f"witness w {WITNESS.verifier}\nquorum w\n", "utf-8")
    return path


@pytest.fixture
def cosigned(sealed: Sealed) -> Sealed:
    """Have a witness cosign the log's newest checkpoint twice as it grows, and the meta-log's."""
    org_id = OrgId(sealed.org_id)
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        for _ in range(2):
            sealed.post_and_sign()
            with door.installation() as outside:
                (asked,) = [
                    one for one in cosignatures.uncosigned(outside, WITNESS.verifier) if one.org_id == org_id
                ]
                signature = WITNESS.sign(notes.parse(asked.note.encode()).text, AT_S)
                cosignatures.keep(outside.within(org_id), org_id, asked, signature)
        assert Anchorer(door, signers.load(sealed.data_dir), timedelta(0)).follow() == 1
        with door.installation() as tx:
            of_meta = metalog.uncosigned(tx, WITNESS.verifier)
            assert of_meta is not None
            text = notes.parse(of_meta.note.encode()).text
            metalog.keep_cosignature(tx, of_meta, WITNESS.sign(text, AT_S))
    return sealed


def test_what_a_witness_signed_holds(cosigned: Sealed, policy: Path) -> None:
    report = cosigned.verdict(witnesses=policy)

    assert (report.findings.kept, report.notes) == ([], [])


def test_a_witness_that_nobody_here_knows_is_counted(cosigned: Sealed) -> None:
    report = cosigned.verdict()

    assert report.findings.kept == []
    assert [said for said in report.notes if said.startswith("3 lines of witnesses were not verified")]


@pytest.mark.parametrize("table", [OF_LOG, OF_META])
@pytest.mark.parametrize(
    ("change", "problem", "is_seen_without_keys"),
    [
        ("line = '{forged}'", "the witness did not sign this", False),
        ("cosigned_at = cosigned_at - interval '1 day'", "something else than its row", True),
        ("name = 'other.example'", "something else than its row", True),
        ("key_id = '00000000'", "something else than its row", True),
        ("line = 'nothing'", "it is no signature of it", True),
    ],
)
def test_a_line_that_was_rewritten_is_named(
    cosigned: Sealed, policy: Path, table: str, change: str, problem: str, is_seen_without_keys: bool
) -> None:
    """Attack: a superuser makes up the word of a witness, or dates it back."""
    where = f"where size = (select max(size) from {table})"  # noqa: S608
    cosigned.rewrite(f"update {table} set {change.format(forged=_forged())} {where}")  # noqa: S608

    (found,) = cosigned.verdict(witnesses=policy).findings.kept
    assert (found.code, problem in found.detail) == ("cosignature-differs", True), found.detail
    assert found.org == (cosigned.org if table == OF_LOG else None)

    without = cosigned.verdict().findings.kept
    assert [one.code for one in without] == ["cosignature-differs"] * is_seen_without_keys


def test_a_line_of_another_checkpoint_is_named(cosigned: Sealed, policy: Path) -> None:
    """Attack: what a witness said of fewer entries stands beside more of them."""
    cosigned.rewrite(
        "delete from audit.cosignature where size = (select max(size) from audit.cosignature)",
        "update audit.cosignature as s set size = c.size from audit.checkpoint as c"
        " where c.org_id = s.org_id and c.size = (select max(size) from audit.checkpoint)",
    )

    (found,) = cosigned.verdict(witnesses=policy).findings.kept
    assert (found.code, "the witness did not sign this" in found.detail) == ("cosignature-differs", True)


def test_a_line_of_no_checkpoint_is_named(cosigned: Sealed, policy: Path) -> None:
    cosigned.rewrite(
        "update audit.cosignature set size = 7000 where size = (select max(size) from audit.cosignature)"
    )

    (found,) = cosigned.verdict(witnesses=policy).findings.kept
    assert (found.code, "is not here" in found.detail) == ("cosignature-differs", True)


def _forged() -> str:
    """Return a line in the witness's name and with its key id, that it did not sign."""
    signature = FORGER.sign("any text\n", AT_S)
    key_id = WITNESS.verifier.key_id
    return notes.Signature(WITNESS.verifier.name, key_id, signature.value).line
