"""What a log said so far of balances, as numbers of any size."""

from itertools import repeat

from velaurum.exports.summaries import NOTHING, STOCK_KEY_BYTES, Balance, Balances, parted


class Known:
    """Grows with stock keys. What it says holds for whatever a log can hold."""

    def __init__(self) -> None:
        self.balances: dict[bytes, Balance] = {}

    def take(self, said: Balances) -> bool:
        """Take what a stretch says, if it goes on from what is known; otherwise nothing of it."""
        keys = parted(said.keys, STOCK_KEY_BYTES)
        before = list(zip(said.seqs_before, said.on_hand_before, strict=True))
        if list(map(self.balances.get, keys, repeat(NOTHING))) != before:
            return False
        self.balances.update(zip(keys, zip(said.seqs_after, said.on_hand_after, strict=True), strict=True))
        return True
