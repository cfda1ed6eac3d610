"""Notes of an organisation that was imported: sealed anew, under keys of this installation (V-08, V-19)."""

from collections.abc import Callable
from itertools import islice

from velaurum.db import importing_notes
from velaurum.db.connection import Database
from velaurum.exchange.org_imports import Source
from velaurum.exports import disclosures
from velaurum.keys.keyring import Keyring, Plain
from velaurum.keys.sealed_texts import Text
from velaurum.ledger import notes

NAME = "note"
_PAGE = 1_000


def write(
    administrator: str, door: Database, keyring: Keyring, source: Source, told: Callable[[int], None]
) -> None:
    """Seal what an export discloses of notes, a page at a time; what is there already is left.

    The database gets envelopes alone. Whoever was erased here has none. Refuses `key-unavailable`: what is sealed by
    then stays, and the same again goes on. `told` gets the entries so far.
    """
    opened = disclosures.opened(source.folder / disclosures.PATH)
    lines = (one for one in opened if one.name == NAME)
    with importing_notes.importing_notes(administrator, source.org_id) as importer:
        while page := list(islice(lines, _PAGE)):
            texts = {one.log_index: Text(one.salt, one.value) for one in page}
            waiting = importer.waiting([*texts])
            fields = [
                Plain(
                    notes.place(source.org_id, one.idempotency_key),
                    texts[one.log_index].packed(),
                    one.subject_id,
                )
                for one in waiting
            ]
            # The keys are held until the envelopes are there.
            with door.installation() as outside:
                sealed = keyring.seal_many(outside.within(source.org_id), source.org_id, fields)
                importer.write({one.movement_id: of for one, of in zip(waiting, sealed, strict=True)})
            told(page[-1].log_index + 1)
