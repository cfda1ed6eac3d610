"""One attempt to tell a receiver: signed, guarded, bounded, and without a word of what it answered."""

import time
from dataclasses import dataclass

from velaurum import __version__
from velaurum.config import Settings
from velaurum.outbound import fetching
from velaurum.outbound.fetching import Fetched, FetchError
from velaurum.outbound.networks import Networks, networks
from velaurum.tenancy.context import OrgId
from velaurum.webhooks import endpoints, signatures, signing_keys
from velaurum.webhooks.deliveries import Due, Ending
from velaurum.webhooks.retries import OVER_DAYS, Retries
from velaurum.webhooks.signing_keys import InstallationKey

DEADLINE_S = 15.0
PREFIX = "msg_"
MEDIA_TYPE = "application/json"
_GONE = 410
_HUNDRED = 100
_GOOD = 2


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is due: with the installation's key, to where the operator lets it."""

    key: InstallationKey
    networks: Networks
    retries: Retries = OVER_DAYS
    deadline_s: float = DEADLINE_S

    def send(self, org_id: OrgId, due: Due) -> Ending:
        """Try a delivery once, and say how that went. It takes no longer than the deadline."""
        began = time.monotonic()
        secrets = endpoints.signing(self.key, org_id, due)
        if not secrets:
            return Ending(0, error_code="secret-lost", after=self.retries.after(due.tries))
        body = due.body.encode()
        try:
            answer = fetching.fetch(
                due.url,
                self.networks,
                content=body,
                media_type=MEDIA_TYPE,
                headers={
                    "User-Agent": f"velaurum/{__version__}",
                    **signatures.headers(
                        PREFIX + due.id, int(time.time()), body, [one.keys for one in secrets]
                    ),
                },
                deadline_s=self.deadline_s,
            )
        except FetchError as error:
            return Ending(_since(began), error_code=error.why, after=self.retries.after(due.tries))
        return self._ending(due, answer, _since(began))

    def _ending(self, due: Due, answer: Fetched, latency_ms: int) -> Ending:
        status_class = answer.status // _HUNDRED
        if status_class == _GOOD:
            return Ending(latency_ms, status_class)
        if answer.status == _GONE:
            return Ending(latency_ms, status_class, "gone", is_gone=True)
        wait = self.retries.after(due.tries, answer.status, answer.retry_after)
        return Ending(latency_ms, status_class, f"answered-{status_class}xx", wait)


def sender(settings: Settings) -> Sender:
    """Return what sends as the settings say; UsageError for networks that are none."""
    return Sender(signing_keys.load(settings.data_dir), reachable(settings))


def reachable(settings: Settings) -> Networks:
    """Return where webhooks may lead; UsageError for networks that are none."""
    return networks(
        settings.webhook_networks, allows_loopback=settings.insecure_http, setting="webhook_networks"
    )


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
