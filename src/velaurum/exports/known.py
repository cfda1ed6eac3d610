"""What a log said so far of balances and idempotency keys, as numbers and text of any size."""

from itertools import repeat

from velaurum.exports.summaries import (
    KEY_HASH_CHARS,
    NOTHING,
    STOCK_KEY_BYTES,
    Balance,
    Balances,
    parted,
)


class Known:
    """Grows with stock keys and idempotency keys. What it says holds for whatever a log can hold."""

    def __init__(self) -> None:
        self.balances: dict[bytes, Balance] = {}
        self.key_hashes: set[bytes] = set()

    def take(self, said: Balances, key_hashes: bytes) -> bool:
        """Take what a stretch says, if it goes on from what is known and uses no key again; otherwise nothing of it."""
        keys = parted(said.keys, STOCK_KEY_BYTES)
        before = list(zip(said.seqs_before, said.on_hand_before, strict=True))
        goes_on = list(map(self.balances.get, keys, repeat(NOTHING))) == before
        if not goes_on or not self._use(parted(key_hashes, KEY_HASH_CHARS)):
            return False
        self.balances.update(zip(keys, zip(said.seqs_after, said.on_hand_after, strict=True), strict=True))
        return True

    def _use(self, key_hashes: list[bytes]) -> bool:
        """Remember idempotency keys, if none of them was used before, nor comes twice here."""
        if not self.key_hashes.isdisjoint(key_hashes):
            return False
        used = len(self.key_hashes)
        self.key_hashes.update(key_hashes)
        if len(self.key_hashes) == used + len(key_hashes):
            return True
        self.key_hashes.difference_update(key_hashes)
        return False
