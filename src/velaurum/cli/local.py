"""The local door: a transaction on the database of the data directory, without the network."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from velaurum.cli.flags import NO_ORG
from velaurum.config import Settings
from velaurum.db.connection import Tx
from velaurum.errors import OperationError, Refusal, UsageError
from velaurum.ops import installation
from velaurum.tenancy import orgs
from velaurum.tenancy.orgs import Org

if TYPE_CHECKING:
    from velaurum.keys.keyring import Keyring


@contextmanager
def transaction(settings: Settings) -> Iterator[Tx]:
    """Open one transaction as the application; an embedded server runs for its length if none runs yet."""
    quieten()
    with _answering(), installation.database(settings) as database, database.installation() as tx:
        yield tx


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if refusal.code == "overloaded":
            raise OperationError(
                "The database did not answer in time; `velaurum doctor` looks for the cause."
            ) from refusal
        raise


@contextmanager
def sealing(settings: Settings) -> Iterator[tuple[Tx, "Keyring"]]:
    """Open one transaction as transaction() does, with the keys of this data directory.

    An embedded database is this directory's own, so that shares may be made in it before anybody served from it.
    """
    from velaurum.keys import opening as keyrings  # noqa: PLC0415 - most commands seal nothing, and start sooner
    from velaurum.keys.shares import Shares  # noqa: PLC0415

    quieten()
    with _answering(), installation.opened(settings) as place, installation.door(place) as database:
        if place.cluster is not None:
            Shares(settings.data_dir).prepare()
        with (
            closing(keyrings.opened(settings, place.app_conninfo, counts=database.counts)) as keyring,
            database.installation() as tx,
        ):
            yield tx, keyring


def existing(tx: Tx, code: str | None) -> Org:
    """Return the organisation of this code. Refuses `not-found`; UsageError when none is named."""
    if code is None:
        raise UsageError(NO_ORG)
    found = orgs.find(tx, code)
    if found is None:
        raise Refusal(
            "not-found", f"There is no organisation {code}; `velaurum org list` shows those there are."
        )
    return found


def quieten() -> None:
    """Keep what the driver and providers of keys say from stderr, where each failure is one sentence of ours."""
    for name in ("psycopg", "velaurum.keys"):
        logging.getLogger(name).addHandler(logging.NullHandler())
