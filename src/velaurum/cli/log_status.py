"""`velaurum log status`: where an organisation's log is, and since when others have seen it; over HTTP."""

from typing import Any

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote


def status(*, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get("/log/status").document
    if flags.json:
        show.document(found)
    else:
        show.record(_told(found))


def _told(found: dict[str, Any]) -> dict[str, str | None]:
    signed, meta = found["checkpoint"], found["meta"]
    anchor, stamp = meta["anchor"], meta["timestamp"]
    return {
        "log": found["origin"],
        "entries": str(found["size"]),
        "held": found["held"] and found["held"]["reason"],
        "signed": signed and _waited(signed["size"], signed["signed_at"], signed["signed_after_ms"]),
        "witnessed": ", ".join(f"{one['name']} {one['cosigned_at']}" for one in found["witnesses"]),
        "meta_log": meta["origin"],
        "anchored": anchor and f"{anchor['size']} at {anchor['anchored_at']}, leaf {anchor['leaf_index']}",
        "time_stamped": stamp
        and _waited(
            stamp["size"], f"{stamp['stamped_at']} by {stamp['authority']}", stamp["stamped_after_ms"]
        ),
    }


def _waited(size: int | None, at: str, after_ms: int | None) -> str:
    waited = "" if after_ms is None else f", the last one after {after_ms / 1000:.1f} s"
    return f"{size or 0} at {at}{waited}"
