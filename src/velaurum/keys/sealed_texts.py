"""Sealed texts: what is personal in a column of text, as a commitment and an envelope of salt and text (V-08, V-25).

The form is `VE1.`, the commitment in base64 (44 characters), a dot, and the envelope in base64. The commitment is what
the log has; whoever has the key finds in the envelope what opens it.
"""

import logging
import math
import secrets
import time
import uuid
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from velaurum import canonical
from velaurum.db.connection import Tx
from velaurum.db.person_names import FORM
from velaurum.db.written import has_written
from velaurum.errors import Refusal
from velaurum.keys import envelopes
from velaurum.keys.at_hand import at_hand
from velaurum.keys.closed_keys import ClosedKeys
from velaurum.keys.doors import Within
from velaurum.keys.envelopes import EnvelopeError, Place
from velaurum.keys.keyring import Keyring, Plain, Sealed
from velaurum.tenancy.context import OrgId

SALT_BYTES = 32
# How long one call may ask for what is only shown; the question that is asked then ends by its own patience.
LONGEST_S = 5.0
_COMMITMENT = slice(len(FORM), len(FORM) + 44)
Name = TypeVar("Name")
log = logging.getLogger("velaurum.keys")


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """A text that is open, with the salt of its commitment."""

    salt: bytes
    text: str

    @classmethod
    def drawn(cls, text: str) -> "Text":
        """Return a text with a salt of its own."""
        return cls(secrets.token_bytes(SALT_BYTES), text)

    @classmethod
    def unpacked(cls, plain: bytes) -> "Text":
        """Return what an envelope has."""
        return cls(plain[:SALT_BYTES], plain[SALT_BYTES:].decode())

    def packed(self) -> bytes:
        """Return what an envelope gets."""
        return self.salt + self.text.encode()

    @property
    def commitment(self) -> bytes:
        """Return what the log says of it (32 bytes)."""
        return canonical.commitment(self.salt, self.text)


class ToSeal(NamedTuple):
    """A text to seal, for the place where it will stand, and whose it is; None is the organisation's."""

    place: Place
    text: Text
    subject_id: str | None


class Parts(NamedTuple):
    """What a sealed text consists of: 32 bytes of commitment, and an envelope."""

    commitment: bytes
    envelope: bytes


class SealedText(NamedTuple):
    """A sealed text as it was found, where it stands, and whose it has to be.

    A former one has the place of the row and column where it stood.
    """

    place: Place
    sealed: str
    subject_id: str | None


def joined(commitment: bytes, envelope: bytes) -> str:
    """Return the text that stands in a column."""
    return f"{FORM}{b64encode(commitment).decode()}.{b64encode(envelope).decode()}"


def parts(sealed: str) -> Parts:
    """Return what a sealed text consists of. EnvelopeError for what has not the form, to the last character."""
    try:
        found = Parts(
            b64decode(sealed[_COMMITMENT], validate=True),
            b64decode(sealed[_COMMITMENT.stop + 1 :], validate=True),
        )
    except (NotBase64Error, ValueError):
        raise EnvelopeError("the form is not known") from None
    if joined(*found) != sealed or not envelopes.is_envelope(found.envelope):
        raise EnvelopeError("the form is not known")
    return found


def withheld(commitment: bytes) -> str:
    """Return what stands for a text until somebody who may read it seals it: under a key that nobody has."""
    nothing = envelopes.HEAD + uuid.uuid4().bytes
    return joined(commitment, nothing.ljust(envelopes.SHORTEST, b"\x00"))


def erased(record_id: str) -> str:
    """Return what stands in the place of a text of who was erased, but for a name; the database has the same."""
    return f"erased-{record_id}"


def seal(
    tx: Tx, org_id: OrgId, keyring: Keyring, place: Place, text: str, subject_id: str | None = None
) -> str:
    """Return a text sealed for its place, committed to with a salt of its own; its key stays until `tx` ends.

    Refuses `key-unavailable`, and `conflict` for a subject that was erased.
    """
    return seal_many(tx, org_id, keyring, [ToSeal(place, Text.drawn(text), subject_id)])[0]


def seal_many(tx: Tx, org_id: OrgId, keyring: Keyring, asked: Sequence[ToSeal]) -> list[str]:
    """Return texts sealed with the salts that they have, in their order. Refuses as seal()."""
    sealed = keyring.seal_many(
        tx, org_id, [Plain(one.place, one.text.packed(), one.subject_id) for one in asked]
    )
    return [joined(one.text.commitment, envelope) for one, envelope in zip(asked, sealed, strict=True)]


def open_many(tx: Tx, org_id: OrgId, keyring: Keyring, asked: Sequence[SealedText]) -> list[str | None]:
    """Return what is sealed, in the order asked; None for what no key opens now, or nobody any more.

    What is not whole, or was sealed for another place, is None too, and an error in the log: `velaurum verify db`
    names it.
    """
    opened, _ = open_each(tx, org_id, keyring, dict(enumerate(asked)))
    return [opened[n].text if n in opened else None for n in range(len(asked))]


def open_each(
    tx: Tx, org_id: OrgId, keyring: Keyring, asked: Mapping[Name, SealedText], *, are_shown: bool = False
) -> tuple[dict[Name, Text], dict[Name, Refusal | EnvelopeError]]:
    """Open sealed texts by whatever names them; beside what opened, why others do not. An erased one is in neither.

    EnvelopeError is told of one that opens another text than the one that it commits to. What is only shown to somebody
    (`are_shown`) is not asked for where others wait for `tx`, because it has written, and for about five seconds else.
    """
    found: dict[Name, Parts] = {}
    unknown: dict[Name, Refusal | EnvelopeError] = {}
    for name, one in asked.items():
        try:
            found[name] = parts(one.sealed)
        except EnvelopeError as error:
            unknown[name] = _told(one.place, error)
    texts, closed = texts_of(
        tx,
        org_id,
        keyring,
        {name: Sealed(asked[name].place, of.envelope, asked[name].subject_id) for name, of in found.items()},
        are_shown=are_shown,
    )
    for name in [name for name, text in texts.items() if text.commitment != found[name].commitment]:
        del texts[name]
        unknown[name] = _told(asked[name].place, EnvelopeError("it is not what was committed to"))
    return texts, closed | unknown


def texts_of(
    tx: Tx, org_id: OrgId, keyring: Keyring, asked: Mapping[Name, Sealed], *, are_shown: bool = False
) -> tuple[dict[Name, Text], dict[Name, Refusal | EnvelopeError]]:
    """Open envelopes of salt and text as open_each() does, but hold them to nothing."""
    texts: dict[Name, Text] = {}
    closed: dict[Name, Refusal | EnvelopeError] = {}
    whole = [one for one in asked.values() if envelopes.is_envelope(one.sealed)]
    keys = {key.id: key for key in keyring.named(tx, org_id, whole)}
    if are_shown and not all(keyring.is_open(org_id, key) for key in keys.values()):
        keyring = _for_show(tx, keyring)
    # One subject's key may be away, or one envelope not whole: the others open all the same.
    closed_keys = keyring.closed if are_shown else ClosedKeys()
    until = time.monotonic() + LONGEST_S if are_shown else math.inf
    for name, one in asked.items():
        try:
            key = keys.get(envelopes.key_id(one.sealed))
            if key is not None and not keyring.is_open(org_id, key):
                closed_keys.require(org_id, key, until)
            plain = keyring.plain(tx, org_id, key, one)
        except EnvelopeError as error:
            closed[name] = _told(one.place, error)
        except Refusal as refusal:
            closed[name] = refusal
            if key is not None:
                closed_keys.note(org_id, key, refusal)
        else:
            if plain is not None:
                texts[name] = Text.unpacked(plain)
    return texts, closed


def _for_show(tx: Tx, keyring: Keyring) -> Keyring:
    # What is made for nobody yet, in one transaction with its keys, holds nobody up.
    is_alone = isinstance(keyring.database, Within)
    return at_hand(keyring) if not is_alone and has_written(tx.connection) else keyring


def _told(place: Place, error: EnvelopeError) -> EnvelopeError:
    log.error("%s.%s of %s does not open: %s.", place.table, place.column, place.org_id, error)
    return error
