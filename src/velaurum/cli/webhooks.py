"""`velaurum webhook`: webhooks and their deliveries, over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Key, Limit, Remote

Webhook = Annotated[str, Parameter(help="Its code or id.")]


def create(
    code: Annotated[str, Parameter(help="Its code, for example erp.")],
    /,
    *,
    to: Annotated[str, Parameter(help="The URL of the receiver, https.")],
    name: Annotated[str | None, Parameter(help="What people call it; its code without it.")] = None,
    event: Annotated[
        list[str] | None,
        Parameter(
            help="A type of events, whole or like velaurum.item.*; as often as you like. Movements without it.",
            negative=(),
        ),
    ] = None,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    new = {"code": code, "name": name or code, "url": to, "event_types": event or None}
    _issued(Client(flags.settings()).post("/webhooks", new, key, as_json=flags.json).document, flags)


def list_all(*, limit: Limit = None, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).rows("/webhooks", limit)
    if flags.json:
        show.document(found)
        return
    rows = [
        (one["code"], one["url"], " ".join(one["event_types"]), one["disabled_reason"] or "enabled")
        for one in found["data"]
    ]
    show.table(("code", "url", "events", "state"), rows)


def show_one(webhook: Webhook, /, *, flags: Remote = REMOTE) -> None:
    _shown(Client(flags.settings()).get(path(webhook)).document, flags)


def rotate(
    webhook: Webhook,
    /,
    *,
    overlap: Annotated[str, Parameter(help="For how long the one before signs too: 0s to 7d.")] = "1d",
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    client = Client(flags.settings())
    asked = {"overlap": overlap}
    _issued(client.post(f"{path(webhook)}/secrets", asked, key, as_json=flags.json).document, flags)


def disable(webhook: Webhook, /, *, flags: Remote = REMOTE) -> None:
    _shown(Client(flags.settings()).change(path(webhook), {"is_disabled": True}).document, flags)


def enable(webhook: Webhook, /, *, flags: Remote = REMOTE) -> None:
    _shown(Client(flags.settings()).change(path(webhook), {"is_disabled": False}).document, flags)


def deliveries(
    webhook: Webhook,
    /,
    *,
    state: Annotated[
        Literal["pending", "delivered", "dead"] | None, Parameter(help="Only those in this state.")
    ] = None,
    limit: Limit = None,
    flags: Remote = REMOTE,
) -> None:
    found = Client(flags.settings()).rows(f"{path(webhook)}/deliveries", limit, delivery_state=state)
    if flags.json:
        show.document(found)
        return
    rows = [
        (
            one["state"],
            one["type"],
            str(one["attempts"]),
            one["error_code"] or "",
            one["created_at"],
            one["id"],
        )
        for one in found["data"]
    ]
    show.table(("state", "type", "attempts", "error", "created at", "id"), rows)


def redeliver(
    webhook: Webhook,
    delivery: Annotated[str, Parameter(help="The id of the delivery.")],
    /,
    *,
    key: Key = None,
    flags: Remote = REMOTE,
) -> None:
    asked = f"{path(webhook)}/deliveries/{quote(delivery, safe='')}/redeliveries"
    _shown(Client(flags.settings()).post(asked, {}, key, as_json=flags.json).document, flags)


def trigger(webhook: Webhook, /, *, key: Key = None, flags: Remote = REMOTE) -> None:
    asked = f"{path(webhook)}/tests"
    _shown(Client(flags.settings()).post(asked, {}, key, as_json=flags.json).document, flags)


def path(webhook: str) -> str:
    """Return where a webhook is, below the organisation."""
    return f"/webhooks/{quote(webhook, safe='')}"


def _issued(found: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(found)
        return
    if found["secret"] is not None:
        show.line(found["secret"])
        show.note("This secret is shown once. The receiver verifies with it, or with the public key:")
    show.note(found["keys"][0]["public_key"])


def _shown(found: dict[str, Any], flags: Remote) -> None:
    if flags.json:
        show.document(found)
    else:
        show.record(found)
