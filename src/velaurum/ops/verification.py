"""What `velaurum verify` proves about an installation; nothing of it changes the installation."""

from velaurum.config import Settings
from velaurum.db import catalogue, external
from velaurum.db.catalogue import Rule
from velaurum.errors import OperationError
from velaurum.ops import installation, production


def tenancy(settings: Settings) -> list[Rule]:
    """Hold the catalogue to every rule, as the application where it can log in and as the administrator otherwise.

    OperationError when the database cannot be reached, or when there is none yet.
    """
    url = production.database_url(settings)
    if url is not None:
        try:
            return catalogue.examine(external.application_conninfo(url, settings.data_dir))
        except OperationError:
            return catalogue.examine(url)
    if not (settings.data_dir / "postgres" / "data").exists():
        raise OperationError(f"There is no database in {settings.data_dir} yet; `velaurum up` makes it.")
    with installation.opened(settings) as place:
        return catalogue.examine(place.app_conninfo)
