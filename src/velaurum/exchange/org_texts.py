"""What is sealed for people of an organisation that was imported: sealed anew, under keys of here (V-08, V-19)."""

from collections.abc import Callable
from itertools import islice

from velaurum.audit import person_names
from velaurum.db.connection import Database
from velaurum.db.person_names import SEALED
from velaurum.exchange.org_imports import Source
from velaurum.exports import disclosures
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import Text

# As their columns are called.
NAMES = ("name", *(column for _, column in SEALED))
_PAGE = 1_000


def write(door: Database, keyring: Keyring, source: Source, told: Callable[[int], None]) -> None:
    """Seal what an export discloses of people, a page at a time; what is there already is left.

    Commitments stay as they were. Whoever was erased here has none. Refuses `key-unavailable`: what is sealed by then
    stays, and the same again goes on. `told` gets the entries so far.
    """
    opened = disclosures.opened(source.folder / disclosures.PATH)
    lines = (one for one in opened if one.name in NAMES)
    while page := list(islice(lines, _PAGE)):
        with door.installation() as outside:
            person_names.seal_imported(
                outside.within(source.org_id),
                source.org_id,
                keyring,
                {(one.log_index, one.name): Text(one.salt, one.value) for one in page},
            )
        told(page[-1].log_index + 1)
