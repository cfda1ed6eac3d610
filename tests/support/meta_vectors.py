"""Writes the vectors of the meta-log from the definitions: `python -m support.meta_vectors`, then read the diff."""

from hashlib import sha256
from typing import Any

from support import plain_tree
from support.proof_vectors import LOG, b64, checkpoint_text, log_line, write


def meta_entries() -> dict[str, Any]:
    """Salts are the SHA-256 of what they are of, and so no secrets; the product draws them."""
    made = []
    for size in (1, 8, 21):
        text = checkpoint_text(size)
        salt = sha256(f"salt {size}".encode()).digest()
        entry = b"velaurum-meta/v1\n" + sha256(salt + text.encode()).digest()
        leaf = plain_tree.leaf(entry)
        note = text + "\n" + log_line(text)
        made.append({"note": note, "text": text, "salt": b64(salt), "entry": entry.hex(), "leaf": leaf.hex()})
    return {
        "description": "Entries of the meta-log: salted commitments to the texts of other logs' checkpoints.",
        "origins": [
            {"origin": "log.example/meta/0", "name": "log.example", "incarnation": 0},
            {"origin": "log.example/meta/12", "name": "log.example", "incarnation": 12},
        ],
        "no_origins": [
            LOG, "log.example/meta/", "log.example/meta/01", "log.example/meta/-1", "/meta/0", "log.example/meta/0/",
            "log.example/meta/\u0661", "log.example/META/0", "log.example/meta/1234567890",
        ],
        "entries": made,
    }  # fmt: skip


if __name__ == "__main__":
    write(meta_entries)
