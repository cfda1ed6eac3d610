"""A second factor whose key hangs keeps nobody else waiting who tries the same login (V-08)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from keys.providers.test_slow_providers import LONGEST_S, SOON_S, kept
from keys.providers.ways import Kept
from support.guests import Guest, member, try_sign_in
from support.http_client import Client, Reply
from support.key_holder import KeyHolder
from support.ledger_sql import APP
from support.tls_servers import Asked
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.keys import blind_indexes, data_keys, opening
from velaurum.tenancy.context import OrgId

__all__ = ["kept"]


def _follow_index_key(kept: Kept) -> None:
    """Have the key of indexes sealed under a new data key, and second factors under the one of before."""
    org_id, column = OrgId(kept.org.org_id), blind_indexes.sealed_column()
    settings = Settings(
        kept.place, insecure_http=True, key_provider="held", held_keys=Path(kept.told["held_keys"])
    )
    with (
        closing(opening.opened(settings, kept.conninfo(APP))) as keyring,
        closing(Database(kept.conninfo(APP), max_connections=1)) as door,
    ):
        with door.installation() as outside:
            (before,) = data_keys.hold(outside.within(org_id), org_id, [None])
        assert keyring.mint(org_id, None, before)
        with door.installation() as outside:
            tx = outside.within(org_id)
            (row,) = column.rows(tx, org_id, [before.id], data_keys.FIRST, 1)
            (plain,) = column.open(tx, org_id, keyring, [row])
            assert plain is not None
            assert column.replace(tx, org_id, row, keyring.seal(tx, org_id, column.place(org_id, row), plain))


@contextmanager
def _hanging_second(holder: KeyHolder) -> Iterator[threading.Event]:
    """Let a holder answer the first question, and be silent at all others; the event is set at the second."""
    asked, over, number = threading.Event(), threading.Event(), [0]

    def fault(_: Asked) -> None:
        number[0] += 1
        if number[0] > 1:
            asked.set()
            over.wait(LONGEST_S)

    holder.fault = fault
    try:
        yield asked
    finally:
        holder.fault = lambda _: None
        over.set()


def _sign_in_apart(ada: Guest, code: str) -> Reply:
    with closing(Client(ada.org.client.url)) as client:
        return replace(ada, org=replace(ada.org, client=client)).try_sign_in(code=code)


def test_who_waits_for_the_key_of_a_second_factor_keeps_nobody_of_that_login_waiting(
    kept: Kept, holder: KeyHolder
) -> None:
    kept.server()
    ada = member(kept.org)
    ada.enrol(ada.sign_in())
    _follow_index_key(kept)
    kept.server()
    ada.org = kept.org

    with _hanging_second(holder) as asked, ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(_sign_in_apart, ada, ada.code())
        assert asked.wait(LONGEST_S)
        begun = time.monotonic()
        other = try_sign_in(ada.org, "ada", "a wrong password")
        took = time.monotonic() - begun
        dark = signing_in.result()

    assert other.refused == (401, "unauthenticated")
    assert took < SOON_S
    assert dark.refused == (503, "key-unavailable")
    deadline = time.monotonic() + LONGEST_S
    while (light := ada.try_sign_in(code=ada.code())).status == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert light.status == 200, light
