"""Names that are opened before a server is ready: else the first answer to whoever posts would not say who did.

Only where keys are with another provider than the keystore of this machine, which is asked as somebody is let in.
"""

import asyncio
import logging
import time
from contextlib import suppress

from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import principals
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext

log = logging.getLogger("velaurum.api")
LONGEST_S = 3.0
MOST_OF_EACH = 200
_FIRST = "00000000-0000-0000-0000-000000000000"


async def warm(door: Database, keyring: Keyring) -> None:
    """Open names of every organisation, the oldest principals first, for three seconds at most; it fails for nothing.

    What takes longer goes on beside for one list, as such a read does, and is of use when it ends.
    """
    if keyring.providers.kinds <= {LocalKeystore.kind}:
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(_warm, door, time.monotonic() + LONGEST_S), LONGEST_S)


def _warm(door: Database, until: float) -> None:
    try:
        with door.installation() as outside:
            directory = orgs.list_all(outside)
        for one in directory:
            if time.monotonic() >= until:
                return
            with suppress(Refusal), door.installation() as outside:
                everybody = OrgContext(one.org_id, one.code, "", "", "", "own-session")
                principals.list_page(outside.within(one.org_id), everybody, after=_FIRST, limit=MOST_OF_EACH)
    except Refusal:
        return  # a database that is away says so to whoever asks
    except Exception:
        log.exception("Names were not opened ahead.")
