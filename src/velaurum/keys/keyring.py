"""The keyring: seals fields with the data keys of an organisation and of its data subjects, and opens them again."""

import os
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum.db.connection import Tx
from velaurum.keys import data_keys, envelopes, split_keys, stray_versions, unwrapping, wrapping_keys
from velaurum.keys.asked_providers import AskedProviders
from velaurum.keys.asking import Asking
from velaurum.keys.closed_keys import ClosedKeys
from velaurum.keys.data_keys import DataKey
from velaurum.keys.doors import Door, Within
from velaurum.keys.envelopes import EnvelopeError, ErasedError, Place
from velaurum.keys.opened_keys import MOST, OpenedIndexKeys, OpenedKeys
from velaurum.keys.providers import SECRET_BYTES, KeyProvider
from velaurum.keys.refusing import unavailable
from velaurum.keys.shares import Shares
from velaurum.keys.wrapping_keys import Named
from velaurum.tenancy.context import OrgId

# Messages of a key are counted in blocks, in a transaction of their own: a count that is rolled back with what was
# sealed would be one too low, and one that is kept open would let everybody wait.
BLOCK = 1024
MOST_LAST = 10_000
_TRIES = 8


@dataclass(frozen=True, slots=True, repr=False)
class Plain:
    """Something to seal, for its place, with the key of a data subject or, without one, of the organisation."""

    place: Place
    plain: bytes
    subject_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """An envelope as it was found, the place where it stands, and whose key it has to be."""

    place: Place
    sealed: bytes
    subject_id: str | None = None


class Keyring:
    """One process's way to keys: providers, the keys that are open, and the messages that it may still seal.

    `database` is a door of its own, for keys that are made: nobody who holds a connection waits for another of the same
    pool. Whatever cannot be sealed or opened because of a provider is refused with `key-unavailable`.
    """

    def __init__(
        self,
        database: Door,
        providers: Iterable[KeyProvider],
        shares: Shares,
        *,
        default: str = "local",
        opened: OpenedKeys | None = None,
        asking: Asking | None = None,
        asked: AskedProviders | None = None,
    ) -> None:
        """Know these providers, or what asks those of another keyring; who named none gets a key from `default`."""
        self.database = database
        self._shares = shares
        self.providers = asked or AskedProviders(providers, asking or Asking())
        self._default = default
        self._opened = opened or OpenedKeys()
        self.index_keys = OpenedIndexKeys(self._opened.life_s, self._opened.clock)
        self.closed = ClosedKeys()
        self._left: Counter[str] = Counter()
        # By whose it is, the key that sealed last: as good as the cipher of it that is open.
        self._last: dict[tuple[OrgId, str | None], str] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let its connections go."""
        self.database.close()

    def seal(self, tx: Tx, org_id: OrgId, place: Place, plain: bytes, subject_id: str | None = None) -> bytes:
        """Return an envelope for a place; the key that it is under stays until `tx` ends.

        Refuses `key-unavailable`, and `conflict` for a subject that was erased.
        """
        return self.seal_many(tx, org_id, [Plain(place, plain, subject_id)])[0]

    def seal_many(self, tx: Tx, org_id: OrgId, fields: Sequence[Plain]) -> list[bytes]:
        """Return an envelope for each field, in their order. Refuses as seal()."""
        wanted = Counter(one.subject_id for one in fields)
        held = self._held(tx, org_id, wanted) if wanted else {}
        ciphers = {subject_id: self._cipher(tx, org_id, key) for subject_id, key in held.items()}
        with self._lock:
            if len(self._last) > MOST_LAST:
                self._last.clear()
            self._last |= {(org_id, subject_id): key.id for subject_id, key in held.items()}
        return [
            envelopes.seal(ciphers[one.subject_id], held[one.subject_id].id, one.place, one.plain)
            for one in fields
        ]

    def seal_ahead(self, org_id: OrgId, fields: Sequence[Plain]) -> list[bytes] | None:
        """Return envelopes under the keys that sealed last, without asking anybody; None where one is not at hand.

        Nothing keeps these keys: whoever stores such an envelope is refused by the database when its key ended since.
        """
        wanted = Counter(one.subject_id for one in fields)
        with self._lock:
            ids = {whose: self._last.get((org_id, whose), "") for whose in wanted}
            open_ones = {whose: self._opened.get(org_id, key_id) for whose, key_id in ids.items()}
            ciphers = {whose: cipher for whose, cipher in open_ones.items() if cipher is not None}
            if len(ciphers) < len(wanted) or any(self._left[ids[one]] < wanted[one] for one in wanted):
                return None
            self._left.subtract({ids[whose]: count for whose, count in wanted.items()})
        return [
            envelopes.seal(ciphers[one.subject_id], ids[one.subject_id], one.place, one.plain)
            for one in fields
        ]

    def open(
        self, tx: Tx, org_id: OrgId, place: Place, sealed: bytes, subject_id: str | None = None
    ) -> bytes:
        """Return what was sealed for this place and subject.

        EnvelopeError when it does not open here, ErasedError for an erased subject. Refuses `key-unavailable`.
        """
        (plain,) = self.open_many(tx, org_id, [Sealed(place, sealed, subject_id)])
        if plain is None:
            raise ErasedError("the data subject was erased")
        return plain

    def open_many(self, tx: Tx, org_id: OrgId, fields: Sequence[Sealed]) -> list[bytes | None]:
        """Return what was sealed, in the order of the fields, None for each whose subject was erased.

        EnvelopeError as soon as one does not open here. Refuses `key-unavailable`.
        """
        keys = {key.id: key for key in self.named(tx, org_id, fields)}
        return [self.plain(tx, org_id, keys.get(envelopes.key_id(one.sealed)), one) for one in fields]

    def named(self, tx: Tx, org_id: OrgId, fields: Iterable[Sealed]) -> list[DataKey]:
        """Return the keys that envelopes name. EnvelopeError for what is none."""
        ids = {envelopes.key_id(one.sealed) for one in fields}
        return data_keys.named(tx, org_id, ids) if ids else []

    def is_open(self, org_id: OrgId, key: DataKey) -> bool:
        """Tell whether nobody has to be asked for a key: it is open, or ended."""
        return key.wrapped is None or self._opened.get(org_id, key.id) is not None

    def open_ahead(self, one: Sealed) -> bytes | None:
        """Return what was sealed, without asking anybody; None where the key of it is not open here.

        For a row that was read a moment ago, and whose place says whose it is. EnvelopeError when it does not open.
        """
        cipher = self._opened.get(OrgId(one.place.org_id), envelopes.key_id(one.sealed))
        return None if cipher is None else envelopes.unseal(cipher, one.place, one.sealed)

    def ready(self, org_id: OrgId, key: DataKey) -> None:
        """Open a data key as it was read, with no transaction open meanwhile. Refuses `key-unavailable`."""
        if self.is_open(org_id, key):
            return
        with suppress(EnvelopeError):  # it ended since it was read; whoever looks again sees that
            unwrapped = self.unwrap_beside(org_id, key)
            self._opened.put(org_id, key.id, split_keys.joined(self._shares, org_id, key, unwrapped))

    def ready_to_seal(self, org_id: OrgId, subject_ids: Iterable[str | None]) -> None:
        """Make and open the keys that seal for subjects, with no transaction open meanwhile. Refuses as seal()."""
        wanted = set(subject_ids)
        for _ in range(_TRIES):
            with self.database.installation() as outside:
                found = data_keys.hold(outside.within(org_id), org_id, wanted)
            for key in found:
                self.ready(org_id, key)
            missing = wanted - {key.subject_id for key in found}
            if not missing:
                return
            for subject_id in missing:
                self.mint(org_id, subject_id, None)
        raise unavailable("the keys change too fast")

    def within(self, tx: Tx) -> "Keyring":
        """Return a keyring whose keys are made in this transaction: for an organisation that is made in it, too."""
        return Keyring(Within(tx), [], self._shares, default=self._default, asked=self.providers)

    def plain(self, tx: Tx, org_id: OrgId, key: DataKey | None, one: Sealed) -> bytes | None:
        """Return what was sealed under this key, which it names, as open_many() does."""
        if key is None or key.subject_id != one.subject_id or one.place.org_id != org_id:
            raise EnvelopeError("the organisation has no such key for it")
        if key.state == "erased":
            self._opened.forget(org_id, key.id)
            return None
        if key.state == "destroyed":
            raise EnvelopeError("the key of it was destroyed")
        return envelopes.unseal(self._cipher(tx, org_id, key), one.place, one.sealed)

    def _held(self, tx: Tx, org_id: OrgId, wanted: "Counter[str | None]") -> dict[str | None, DataKey]:
        """Return a key for each subject that may seal so many messages, making those that are not there."""
        held: dict[str | None, DataKey] = {}
        for _ in range(_TRIES):
            open_subjects = [subject_id for subject_id in wanted if subject_id not in held]
            if not open_subjects:
                return held
            found = {key.subject_id: key for key in data_keys.hold(tx, org_id, open_subjects)}
            for subject_id in open_subjects:
                key = found.get(subject_id)
                if key is not None and self._take(org_id, key, wanted[subject_id]):
                    held[subject_id] = key
                else:
                    self.mint(org_id, subject_id, key)
        raise unavailable("the keys change too fast")

    def _take(self, org_id: OrgId, key: DataKey, count: int) -> bool:
        with self._lock:
            if self._left[key.id] >= count:
                self._left[key.id] -= count
                return True
        with self.database.installation() as outside:
            tx = outside.within(org_id)
            if not data_keys.reserve(tx, org_id, key.id, count + BLOCK):
                return False
        self._note_left(key.id)
        return True

    def mint(self, org_id: OrgId, subject_id: str | None, before: DataKey | None) -> bool:
        """Make a new version of a data key the active one, in the place of `before`; False for who came second.

        Refuses `key-unavailable`, and `conflict` for a subject that was erased.
        """
        wrapping, secret, key_id = self.wrapping(org_id), os.urandom(SECRET_BYTES), str(uuid.uuid4())
        given, share_seal = secret, None
        if subject_id is not None:
            share = self._share(org_id, subject_id, before)
            given, share_seal = split_keys.split(share, org_id, key_id, subject_id, secret)
        wrapped = self.providers.wrap(wrapping.key, given, data_keys.bound(org_id, key_id, subject_id))
        with self.database.installation() as outside:
            minted = data_keys.mint(
                outside.within(org_id),
                org_id,
                key_id,
                subject_id=subject_id,
                before=None if before is None else before.id,
                wrapped=wrapped,
                share_seal=share_seal,
                wrapping_key_id=wrapping.id,
                count=BLOCK,
            )
        if minted:
            self._opened.put(org_id, key_id, secret)
            self._note_left(key_id)
        return minted

    def _share(self, org_id: OrgId, subject_id: str, before: DataKey | None) -> bytes:
        """Return the share to split a new key with. Where a key is split already it has to be the one of that."""
        if before is None or before.share_seal is None:
            return self._shares.ensure(org_id, subject_id)
        split_keys.joined(self._shares, org_id, before, self.unwrap_beside(org_id, before))
        return self._shares.get(org_id, subject_id)

    def _note_left(self, key_id: str) -> None:
        with self._lock:
            if len(self._left) >= MOST:  # what is forgotten here is a number that nobody uses
                self._left.clear()
            self._left[key_id] += BLOCK

    def wrapping(self, org_id: OrgId) -> Named:
        """Return the key that wraps for an organisation, its first one made by the default provider."""
        for _ in range(_TRIES):
            with self.database.installation() as outside:
                active = wrapping_keys.active(outside.within(org_id), org_id)
            if active is not None:
                return active
            key = self.providers.create(self._default, org_id)
            with self.database.installation() as outside:
                is_used = wrapping_keys.use(outside.within(org_id), org_id, key, before=None)
            if not is_used:
                stray_versions.abandon(self.database, self.providers, org_id, key)
        raise unavailable("the keys change too fast")

    def unwrap(self, tx: Tx, org_id: OrgId, key: DataKey) -> bytes:
        """Return what a data key's provider unwraps of it. Refuses `key-unavailable`."""
        return unwrapping.within(tx, org_id, self.providers, key)

    def unwrap_beside(self, org_id: OrgId, key: DataKey) -> bytes:
        """Return the same, with no transaction open meanwhile: to be wrapped anew, or to be ready."""
        return unwrapping.beside(self.database, org_id, self.providers, key)

    def _cipher(self, tx: Tx, org_id: OrgId, key: DataKey) -> AESGCM:
        cipher = self._opened.get(org_id, key.id)
        return cipher or self._opened.put(org_id, key.id, self._secret(tx, org_id, key))

    def _secret(self, tx: Tx, org_id: OrgId, key: DataKey) -> bytes:
        return split_keys.joined(self._shares, org_id, key, self.unwrap(tx, org_id, key))
