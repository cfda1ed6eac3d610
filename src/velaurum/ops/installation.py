"""The installation: the database that belongs to a data directory, started, attached to or somebody else's."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from velaurum.config import Settings
from velaurum.db import embedded, external, migrate, operator
from velaurum.db.connection import Database
from velaurum.errors import OperationError
from velaurum.ops import production, recording

ADMINISTRATOR = "postgres"


@dataclass(frozen=True, slots=True)
class Installation:
    """How to reach the database as the application and, where we may, as its other roles."""

    app_conninfo: str
    admin_conninfo: str | None
    integrator_conninfo: str | None = None
    queue_conninfo: str | None = None
    server: embedded.Server | None = None
    cluster: embedded.Cluster | None = None

    def migrate(self, *, again: bool = False) -> migrate.Applied:
        """Bring the database to this release. OperationError when nobody here is its administrator."""
        if self.admin_conninfo is None:
            raise OperationError(
                f"The role {external.APP_ROLE} cannot migrate; run `velaurum migrate` with the administrator's URL."
            )
        return migrate.migrate(self.admin_conninfo, again=again)


@contextmanager
def opened(settings: Settings, *, supervise: bool = False) -> Iterator[Installation]:
    """Reach the installation's database; an embedded one that is not running runs for the length of the block.

    With `supervise` an embedded one is started in any case, so that whoever serves also answers for it: one
    that a killed server left behind is stopped first, one that somebody else supervises is a refusal.
    OperationError, one sentence with the mend, when it cannot be reached or started.
    """
    _require_own(settings.data_dir)
    url = production.database_url(settings)
    if url is not None:
        yield _external(settings, url)
        return
    with ExitStack() as stack:
        server = None
        cluster = None if supervise else embedded.find_running(settings.data_dir)
        if cluster is None:
            server = stack.enter_context(embedded.start(settings.data_dir, pg_bin=settings.pg_bin))
            cluster = server.cluster
        yield Installation(
            cluster.conninfo(user=external.APP_ROLE, dbname=embedded.DATABASE),
            cluster.conninfo(user=ADMINISTRATOR, dbname=embedded.DATABASE),
            cluster.conninfo(user=external.INTEGRATOR_ROLE, dbname=embedded.DATABASE),
            cluster.conninfo(user=external.QUEUE_ROLE, dbname=embedded.DATABASE),
            server,
            cluster,
        )


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """Open the migrated database as the application, for one command."""
    with opened(settings) as installation, door(installation) as opened_door:
        yield opened_door


@contextmanager
def door(installation: Installation) -> Iterator[Database]:
    """Open a door as the application, to a database that is migrated first; what is run through it is recorded."""
    if installation.admin_conninfo is not None and not migrate.is_current(installation.admin_conninfo):
        installation.migrate()
    made = Database(installation.app_conninfo, max_connections=2)
    try:
        yield made
    finally:
        recording.record(made)
        made.close()


@contextmanager
def operator_door(installation: Installation) -> Iterator[Database]:
    """Open a door as the operator, who takes logs up again. OperationError where nobody here may become it."""
    if installation.admin_conninfo is None:
        raise OperationError(
            f"The role {external.APP_ROLE} takes no log up again; use the administrator's VELAURUM_DATABASE_URL."
        )
    with closing(operator.door(installation.admin_conninfo)) as made:
        yield made


def _require_own(data_dir: Path) -> None:
    """Refuse a data directory that somebody else could have prepared: it holds keys, and settings that we run."""
    if not data_dir.exists() or sys.platform == "win32":
        return
    status = data_dir.stat()
    if status.st_uid != os.geteuid():
        raise OperationError(
            f"{data_dir} belongs to another user; run Velaurum as that user, or use another directory."
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OperationError(f"{data_dir} can be written by others; run `chmod go-w {data_dir}` first.")


def _external(settings: Settings, url: str) -> Installation:
    administrator = url if external.is_administrator(url) else None
    if administrator is not None:
        external.require_supported(administrator)
        if not migrate.is_current(administrator):
            migrate.migrate(administrator)
        external.provide_passwords(administrator, settings.data_dir)
    application = external.application_conninfo(url, settings.data_dir)
    external.require_sound(application)
    return Installation(
        application,
        administrator,
        external.integrator_conninfo(url, settings.data_dir),
        external.queue_conninfo(url, settings.data_dir),
    )
