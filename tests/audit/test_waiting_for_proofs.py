"""Whoever waits for a proof is served as soon as there is one, whatever went wrong meanwhile (V-22)."""

import asyncio
import gc
import logging
import time
from contextlib import closing
from uuid import uuid4

import pytest

from support.ledger_sql import APP
from support.sealed import SIZE, Sealed
from velaurum.api.prompt import Prompt
from velaurum.api.proving import LOOK_S, MOST_WAIT_S, Prover
from velaurum.audit import signers
from velaurum.db.connection import Database
from velaurum.tenancy.context import OrgContext, OrgId

HIDDEN, SHOWN = (
    "revoke select on audit.checkpoint from velaurum_app",
    "grant select on audit.checkpoint to velaurum_app",
)


def test_an_error_while_looking_leaves_nobody_unserved(
    sealed: Sealed, caplog: pytest.LogCaptureFixture
) -> None:
    actor, credential = sealed.poster
    org = OrgContext(OrgId(sealed.org_id), sealed.org, actor, credential, str(uuid4()), "post")

    async def wait(prover: Prover) -> list[str | None]:
        with sealed.superuser() as connection:
            connection.execute("set event_triggers = off")  # or the fence refuses it
            connection.execute(HIDDEN)
            earlier = asyncio.create_task(prover.proof(org, sealed.edited))
            await asyncio.sleep(2 * LOOK_S)
            later = asyncio.create_task(prover.proof(org, sealed.edited))
            await asyncio.sleep(2 * LOOK_S)
            connection.execute(SHOWN)
        return await asyncio.gather(earlier, later, prover.proof(org, sealed.edited))

    began = time.monotonic()
    with (
        closing(Database(sealed.conninfo(APP), max_connections=2)) as door,
        caplog.at_level(logging.ERROR, "velaurum.api"),
    ):
        found = asyncio.run(wait(Prover(door, signers.load(sealed.data_dir), prompt=Prompt(door))))

    assert [None if one is None else one.partition("\n")[0] for one in found] == [
        "c2sp.org/tlog-proof@v1"
    ] * 3
    assert time.monotonic() - began < MOST_WAIT_S
    assert "a proof is waited for" in caplog.text


def test_who_was_served_is_forgotten_while_others_wait(sealed: Sealed) -> None:
    actor, credential = sealed.poster
    org = OrgContext(OrgId(sealed.org_id), sealed.org, actor, credential, str(uuid4()), "post")
    many = 50

    async def kept_after(prover: Prover) -> int:
        patient = asyncio.create_task(prover.proof(org, SIZE))  # nobody posted that yet
        await asyncio.sleep(LOOK_S)
        served = await asyncio.gather(*(prover.proof(org, sealed.edited) for _ in range(many)))
        await asyncio.sleep(2 * LOOK_S)
        kept = sum(type(one) is asyncio.Future and one.done() for one in gc.get_objects())
        assert None not in served
        assert not patient.done()
        patient.cancel()
        return kept

    with closing(Database(sealed.conninfo(APP), max_connections=2)) as door:
        kept = asyncio.run(kept_after(Prover(door, signers.load(sealed.data_dir), prompt=Prompt(door))))

    assert kept < many // 2
