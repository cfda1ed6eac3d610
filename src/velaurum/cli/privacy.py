"""`velaurum privacy`: what is processed of people, over HTTP."""

from typing import Any

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote


def record(*, flags: Remote = REMOTE) -> None:
    found = Client(flags.settings()).get("/privacy/record").document
    if flags.json:
        show.document(found)
    else:
        _tell(found)


def _tell(found: dict[str, Any]) -> None:
    org = found["org"]
    show.line(f"Record of processing of {org['code']}, whose data is kept in {org['region']}.")
    for activity in found["activities"]:
        show.line(f"\n{activity['purpose']}: {activity['why']}")
        for use in activity["data"]:
            show.line(f"  {use['what']}")
            show.line(f"    of {use['subjects']}")
            show.line(f"    kept {use['kept']}")
            show.line(f"    in {', '.join(use['columns'])}")
    show.line("\nRecipients")
    for one in found["recipients"] or ():
        state = "" if one["is_active"] else ", not now"
        through = f" through {', '.join(one['webhooks'])}" if one["webhooks"] else ""
        show.line(f"  {one['host']}{through}{state}: {one['what']}")
    if not found["recipients"]:
        show.line("  nobody outside is told of events")
    show.line("\nSafeguards")
    for one in found["safeguards"]:
        show.line(f"  {one['measure']} Shown by {one['shown_by']}.")
    show.line("\nLeft to the controller")
    for one in found["left_to_controller"]:
        show.line(f"  {one}")
