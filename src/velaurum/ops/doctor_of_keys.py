"""What `velaurum doctor` looks at of keys: whether each that wraps something can be used from here."""

from collections.abc import Iterator
from contextlib import closing

from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.keys import data_keys, opening
from velaurum.keys.keyring import Keyring
from velaurum.ops.diagnosis import Finding, door, pending
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId


def opened(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether every wrapping key unwraps a data key of its organisation, as the settings of this command say."""
    name = "The keys of organisations can be used"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    with (
        door(application) as database,
        closing(opening.opened(settings, application, counts=database.counts)) as keyring,
    ):
        with database.installation() as outside:
            directory = orgs.list_all(outside)
        lost = [
            f"{org.code}: {named}"
            for org in directory
            for named in _lost(database, keyring, OrgId(org.org_id))
        ]
    yield Finding(
        name,
        not lost,
        f"What they seal cannot be read: {'; '.join(lost)}. Put the files back into secrets/wrapping-keys of the data "
        "directory, or have the provider let this installation use them.",
    )


def _lost(database: Database, keyring: Keyring, org_id: OrgId) -> Iterator[str]:
    with database.installation() as outside:
        tx = outside.within(org_id)
        for key in data_keys.one_of_each(tx, org_id):
            try:
                keyring.unwrap(tx, org_id, key)
            except Refusal:
                yield f"{key.provider} {key.key_name}, version {key.key_version}"
