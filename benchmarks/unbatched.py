"""The same server with a transaction of its own for each posting, to compare with: `python -m benchmarks.unbatched up`.

Postings are decided by as many sessions at once as there are connections here. They wait for the organisation's head in
the database instead of in its lane.
"""

import asyncio
from collections.abc import Sequence
from unittest import mock

from velaurum.api.front import PostingFront, Submission
from velaurum.db.connection import AsyncDatabase
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Outcome
from velaurum.tenancy.context import OrgContext

PROGRAM = ("-m", "benchmarks.unbatched")
SESSIONS = 16


class OneByOne(PostingFront):
    """Decides each request in a call of its own, as it comes."""

    async def post(
        self, org: OrgContext, asked: Sequence[Intake], *, atomic: bool = False, dry_run: bool = False
    ) -> list[Outcome]:
        """Return what was decided for each movement, durable, as the front that gathers does."""
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        await self._decide([Submission(org, asked, atomic, dry_run, answer)])
        return await answer


class ManySessions(AsyncDatabase):
    """As many sessions as postings are decided at once."""

    def __init__(self, conninfo: str, **more: object) -> None:
        super().__init__(conninfo, **{**more, "max_connections": SESSIONS})  # type: ignore[arg-type]


if __name__ == "__main__":
    from velaurum.__main__ import main
    from velaurum.api import app

    with mock.patch.multiple(app, PostingFront=OneByOne, AsyncDatabase=ManySessions):
        main()
