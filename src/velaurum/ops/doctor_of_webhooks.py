"""What `velaurum doctor` looks at of webhooks: where they may lead beside public addresses, and their secrets."""

from collections.abc import Iterator

from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.ops.diagnosis import Finding, door, pending
from velaurum.outbound.networks import networks
from velaurum.tenancy import orgs
from velaurum.webhooks import endpoints, signing_keys


def reach(settings: Settings) -> Iterator[Finding]:
    """Tell which networks webhooks may lead to that are not public, as the settings of this command say it."""
    try:
        let = networks(settings.webhook_networks, allows_loopback=False, setting="webhook_networks")
    except UsageError as error:
        yield Finding("Where webhooks may lead is said as networks", holds=False, mend=str(error))
        return
    named = ", ".join(map(str, let.named)) or "nowhere else"
    yield Finding(f"Webhooks lead to public addresses, and to {named}", holds=True, mend="")


def secrets(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether every webhook's secret can still be made."""
    name = "The secrets of webhooks can be made"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    key = signing_keys.find(settings.data_dir)
    with door(application) as opened, opened.installation() as outside:
        lost = [
            f"{org.code} {code}"
            for org in orgs.list_all(outside)
            for code in endpoints.of_other_keys(
                outside.within(org.org_id), org.org_id, "" if key is None else key.key_id
            )
        ]
    yield Finding(
        name,
        not lost,
        f"Made with another key: {', '.join(lost)}. Put {signing_keys.FILE} back into the secrets of the data "
        "directory, or have each get a new secret with `velaurum webhook rotate`.",
    )
