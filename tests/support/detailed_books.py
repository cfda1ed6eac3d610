"""A book whose stock keys have details: items by lot, by serial and by neither, in every status, and reversals."""

import json
from typing import Any

from support.exports import ORG, Book, identifier, instant, quantity
from velaurum import canonical
from velaurum.ledger import entries

ONE = 10**9


class DetailedBook(Book):
    """Posts a round of movements again and again, among those of a book. Every kind of detail is in each round."""

    def __init__(self) -> None:
        super().__init__()
        self._rounds = 0
        self._on_hand: dict[tuple[str | None, ...], tuple[int, int]] = {}
        self.bolts, self.paint, self.pump = (identifier("detailed", n) for n in ("bolts", "paint", "pump"))
        self.store, self.other = identifier("apart", 0), identifier("apart", 1)

    def round(self) -> "DetailedBook":
        """Post one round."""
        here, there, outside = self.store, self.other, identifier("SUPPLIER")
        lot, serial = self._tracked("lot", self._rounds // 2), self._tracked("serial", self._rounds)
        self._rounds += 1
        self._post("receipt", self.bolts, outside, here, 5)
        self._post("receipt", self.bolts, outside, here, 7, target_status="quarantine")
        change = self._post("status-change", self.bolts, here, here, 2, target_status="quarantine")
        self._post(
            "transfer", self.bolts, here, there, 4, source_status="quarantine", target_status="quarantine"
        )
        self._back(change)
        self._post("transfer", self.bolts, here, there, 3)
        self._post(
            "status-change", self.bolts, there, there, 1, source_status="quarantine", target_status="blocked"
        )
        self._post("receipt", self.paint, outside, here, 9, lot_id=lot)
        self._post("status-change", self.paint, here, here, 2, lot_id=lot, target_status="damaged")
        self._post("transfer", self.paint, here, there, 3, lot_id=lot)
        self._post("scrap", self.paint, here, identifier("SCRAP"), 1, lot_id=lot, source_status="damaged")
        came = self._post(
            "receipt", self.pump, outside, here, 1, serial_id=serial, target_status="quarantine"
        )
        self._back(came)
        self._post("receipt", self.pump, outside, here, 1, serial_id=serial)
        self._post("transfer", self.pump, here, there, 1, serial_id=serial)
        self._post("status-change", self.pump, there, there, 1, serial_id=serial, target_status="blocked")
        gone = self._post("scrap", self.pump, there, outside, 1, serial_id=serial, source_status="blocked")
        self._back(gone)
        self._post("scrap", self.pump, there, outside, 1, serial_id=serial, source_status="blocked")
        self._post("receipt", self.paint, outside, there, 1, lot_id=self._tracked("lot", "of all"))
        return self

    def grow(self, count: int) -> "DetailedBook":
        """Post until there are at least `count` entries: rounds, and what other books post between them."""
        while len(self.entries) < count:
            super().grow(len(self.entries) + 20)
            self.round()
        return self

    def _tracked(self, subject: str, number: object) -> str:
        """Return a lot or serial."""
        return identifier(subject, number)

    def _back(self, index: int) -> int:
        before = json.loads(self.entries[index])
        row = before["row"]
        said = {
            "lot_id": row.get("lot_id"),
            "serial_id": row.get("serial_id"),
            "source_status": row.get("target_status"),
            "target_status": row.get("source_status"),
        }
        units = int(row["quantity"].replace(".", "")) // ONE
        return self._post(
            "reversal",
            row["item_id"],
            row["target_id"],
            row["source_id"],
            units,
            reverses_id=before["id"],
            **said,
        )

    def _post(self, kind: str, item: str, source: str, target: str, count: int, **said: Any) -> int:
        n = len(self.entries)
        movement: dict[str, Any] = {
            "org_id": ORG, "id": identifier("movement", n), "recorded_at": instant(n), "actor_id": identifier("actor"),
            "actor_kind": "user", "credential_id": identifier("token"), "idempotency_key": f"key-{n}",
            "request_id": identifier("request", n), "note_commitment": None, "log_index": n, "occurred_at": instant(n),
            "item_id": item, "kind": kind, "quantity": quantity(count * ONE), "source_id": source, "target_id": target,
            "unit": "KG", "reason": "Inspection", "reverses_id": said.get("reverses_id"),
        }  # fmt: skip
        row = json.loads(entries.movement_entry(movement))
        more = {name: value for name, value in said.items() if value is not None}
        for side, place, units in (("source", source, -count * ONE), ("target", target, count * ONE)):
            if place in (self.store, self.other):
                key = item, place, said.get("lot_id"), said.get("serial_id"), said.get(f"{side}_status")
                seq, on_hand = self._on_hand.get(key, (0, 0))
                assert on_hand + units >= 0
                self._on_hand[key] = seq + 1, on_hand + units
                more |= {f"{side}_seq": seq + 1, f"{side}_on_hand": quantity(on_hand + units)}
        row["row"] |= more
        self.entries.append(canonical.encode(row))
        return n
