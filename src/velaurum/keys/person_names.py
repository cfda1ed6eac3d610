"""Names of people, sealed as they are written and opened as they are read (V-08, V-25)."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping

from velaurum.db.connection import Tx
from velaurum.db.person_names import FORM, Kept, is_sealed
from velaurum.errors import invalid_field
from velaurum.keys import sealed_texts
from velaurum.keys.at_hand import at_hand
from velaurum.keys.envelopes import EnvelopeError, Place
from velaurum.keys.keyring import Keyring, Sealed
from velaurum.keys.opened_keys import LONGEST_S
from velaurum.keys.sealed_texts import SealedText, Text
from velaurum.tenancy.context import OrgId

TABLE, COLUMN = "identity.principal", "name"
PERSON = "user"
# What stands in the place of the name of who was erased.
ERASED = "erased"
MOST = 20_000


def place(org_id: OrgId, principal_id: str) -> Place:
    """Return where a name stands, and former ones stood."""
    return Place(org_id, TABLE, COLUMN, principal_id)


def seal(tx: Tx, org_id: OrgId, keyring: Keyring, principal_id: str, kind: str, name: str) -> str:
    """Return what is stored of a name: a person's sealed, that of a service or a process as it is.

    Refuses `key-unavailable`, `conflict` for who was erased, and `invalid-field` for what looks sealed.
    """
    if is_sealed(name):
        raise invalid_field("/name", f"A name does not begin with {FORM}")
    if kind != PERSON:
        return name
    return sealed_texts.seal(tx, org_id, keyring, place(org_id, principal_id), name, principal_id)


def kept(org_id: OrgId, one: Kept) -> SealedText:
    """Return a stored name as what opens it takes it."""
    where = place(org_id, one.principal_id) if one.at is None else Place(org_id, *one.at)
    return SealedText(where, one.sealed, one.principal_id)


class PersonNames:
    """Opens names for whoever reads, and remembers them for five minutes at most.

    A name is remembered by what is stored of it, which was read a moment ago. An erasure writes over that in its own
    transaction, so that nobody finds here who was erased.
    """

    def __init__(
        self, keyring: Keyring, life_s: float = LONGEST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keyring = keyring
        self._life_s = min(life_s, LONGEST_S)
        self._clock = clock
        self._known: OrderedDict[tuple[str, Kept], tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def opened(self, tx: Tx, org_id: str, asked: Collection[Kept]) -> Mapping[Kept, str]:
        """Return the names that open now. What is not whole is an error in the log, and no name."""
        found = {one: name for one in asked if (name := self._remembered(org_id, one)) is not None}
        missing = {one: kept(OrgId(org_id), one) for one in asked if one not in found}
        if missing:
            texts, _ = sealed_texts.open_each(tx, OrgId(org_id), self._keyring, missing, are_shown=True)
            for one, text in texts.items():
                found[one] = self._remember(org_id, one, text.text)
        return found

    def renewed(self, tx: Tx, org_id: str, asked: Collection[Kept]) -> Mapping[Kept, str]:
        """Return the names for which no provider has to be asked, remembered from now on: each was just read."""
        fields = {one: kept(OrgId(org_id), one) for one in asked}
        texts, _ = sealed_texts.open_each(tx, OrgId(org_id), at_hand(self._keyring), fields)
        return {one: self._remember(org_id, one, text.text) for one, text in texts.items()}

    def at_hand(self, org_id: str, one: Kept) -> str | None:
        """Return a name for which neither the database nor a provider has to be asked; None for any other."""
        known = self._remembered(org_id, one)
        if known is not None:
            return known
        try:
            commitment, envelope = sealed_texts.parts(one.sealed)
            field = Sealed(place(OrgId(org_id), one.principal_id), envelope, one.principal_id)
            plain = self._keyring.open_ahead(field)
        except EnvelopeError:
            return None
        text = None if plain is None else Text.unpacked(plain)
        if text is None or text.commitment != commitment:
            return None
        return self._remember(org_id, one, text.text)

    def forget(self, org_id: str, principal_id: str) -> None:
        """Drop every name of somebody."""
        with self._lock:
            for key in [
                key for key in self._known if key[0] == org_id and key[1].principal_id == principal_id
            ]:
                del self._known[key]

    def _remembered(self, org_id: str, one: Kept) -> str | None:
        with self._lock:
            name, until = self._known.get((org_id, one), ("", 0.0))
            if self._clock() < until:
                return name
            self._known.pop((org_id, one), None)
            return None

    def _remember(self, org_id: str, one: Kept, name: str) -> str:
        with self._lock:
            self._known[org_id, one] = name, self._clock() + self._life_s
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return name


class NamesAhead:
    """Opens names that a transaction reads as far as no provider has to be asked, and keeps which it did not open."""

    def __init__(self, names: PersonNames) -> None:
        self._names = names
        self.closed: set[Kept] = set()

    def opened(self, tx: Tx, org_id: str, asked: Collection[Kept]) -> Mapping[Kept, str]:
        """Return the names that open now. It waits for nobody, and refuses nothing."""
        found = self._names.renewed(tx, org_id, asked)
        self.closed |= set(asked) - set(found)
        return found
