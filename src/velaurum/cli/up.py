"""`velaurum up`: the whole product in one foreground process."""

import logging
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from velaurum.api import server
from velaurum.cli import show
from velaurum.cli.carrying import CARRYING, Carrying
from velaurum.cli.flags import LOCAL, InsecureHttp, Local
from velaurum.cli.worker import KEEPING, REMINDING, Keeping, Reminding
from velaurum.ops import claiming
from velaurum.worker import beside

_LIMITS = Group("Rate limits, like 100/second or 20/5minutes, or off", sort_key=5)
_SIGNING_IN = Group("Signing in", sort_key=6)
_TELLING = Group("Webhooks", sort_key=8)
_PROVING = Group("Who outside sees the logs", sort_key=7)
_WORKING = Group("Jobs", sort_key=8)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class RateLimits:
    """Flags of what the server lets through."""

    rate_credential: Annotated[str | None, Parameter(help="Requests of one credential.", group=_LIMITS)] = (
        None
    )
    rate_org: Annotated[
        str | None, Parameter(help="Requests of all credentials of one organisation.", group=_LIMITS)
    ] = None
    rate_address: Annotated[
        str | None, Parameter(help="Requests without a token, of one address.", group=_LIMITS)
    ] = None
    rate_failed: Annotated[
        str | None, Parameter(help="Requests with a token that is not valid, of one address.", group=_LIMITS)
    ] = None
    trusted_proxies: Annotated[
        str | None,
        Parameter(help="The proxies whose X-Forwarded-For is believed, with commas.", group=_LIMITS),
    ] = None


RATE_LIMITS = RateLimits()


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class SigningIn:
    """Flags of how people sign in."""

    public_url: Annotated[
        str | None, Parameter(help="How browsers reach this: https://stock.example.com.", group=_SIGNING_IN)
    ] = None
    session_idle: Annotated[
        str | None, Parameter(help="How long a session lives without a request.", group=_SIGNING_IN)
    ] = None
    session_life: Annotated[
        str | None, Parameter(help="How long a session lives in all.", group=_SIGNING_IN)
    ] = None
    provider_networks: Annotated[
        str | None,
        Parameter(help="Networks of identity providers that are not public, with commas.", group=_SIGNING_IN),
    ] = None


SIGNING_IN = SigningIn()


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Telling:
    """Flags of to whom events are told."""

    webhook_networks: Annotated[
        str | None,
        Parameter(help="Networks of webhooks' receivers that are not public, with commas.", group=_TELLING),
    ] = None


TELLING = Telling()


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Proving:
    """Flags of how the logs are verified, and whom outside they are shown."""

    verify_every: Annotated[
        str | None, Parameter(help="How often the database is verified, like 24h or 7d; 0 for never.")
    ] = None
    witnesses: Annotated[
        Path | None,
        Parameter(help="A C2SP policy with the witnesses to show checkpoints to.", group=_PROVING),
    ] = None
    timestamp_authority: Annotated[
        str | None,
        Parameter(help="The URL of an RFC 3161 authority that stamps the meta-log.", group=_PROVING),
    ] = None
    timestamp_ca: Annotated[
        Path | None, Parameter(help="The certificates, in PEM, by which it is believed.", group=_PROVING)
    ] = None


PROVING = Proving()


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Working:
    """Flags of what works in the background."""

    worker: Annotated[
        str | None,
        Parameter(help="Whether jobs are worked here or off, by `velaurum worker`.", group=_WORKING),
    ] = None
    light_jobs: Annotated[str | None, Parameter(help="How many light jobs at a time.", group=_WORKING)] = None
    heavy_jobs: Annotated[str | None, Parameter(help="How many heavy jobs at a time.", group=_WORKING)] = None
    job_lease: Annotated[
        str | None,
        Parameter(help="How long a worker may be silent before its jobs go to another one.", group=_WORKING),
    ] = None
    metrics_listen: Annotated[
        str | None,
        Parameter(
            help="Where metrics are shown, on loopback or a Unix socket: 127.0.0.1:9420, unix:/path.",
            group=_WORKING,
        ),
    ] = None


WORKING = Working()


def up(
    *,
    listen: Annotated[str | None, Parameter(help="Where to listen, as HOST:PORT.")] = None,
    log_name: Annotated[
        str | None, Parameter(help="What the names of the logs begin with, for ever: stock.example.com.")
    ] = None,
    working: Working = WORKING,
    keeping: Keeping = KEEPING,
    reminding: Reminding = REMINDING,
    insecure_http: InsecureHttp = None,
    limits: RateLimits = RATE_LIMITS,
    signing_in: SigningIn = SIGNING_IN,
    proving: Proving = PROVING,
    telling: Telling = TELLING,
    carrying: Carrying = CARRYING,
    flags: Local = LOCAL,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(url: str) -> None:
        if flags.json:
            show.document({"ready": url})
        else:
            show.line(f"ready {url}")

    def claimable(claim: str) -> None:
        kept = claiming.path(told.data_dir)
        # A terminal is read by whoever started this; what else takes this down keeps it, as no secret should be.
        shown = f"{claim}\n" if sys.stderr.isatty() else ""
        show.note(
            f"Nobody administers this installation yet. Claim it within 30 minutes with\n{shown}which stands in "
            f"{kept}: POST /v1/setup/claim, or run `velaurum bootstrap`."
        )

    told = flags.settings(
        listen=listen,
        insecure_http=insecure_http,
        log_name=log_name,
        **_given(working, keeping, reminding, limits, signing_in, proving, telling, carrying),
    )
    carrying.require_meant(told)
    server.serve(told, on_ready=ready, on_claim=claimable, beside=beside.working)


def _given(*groups: Any) -> dict[str, Any]:
    """Return the flags of several groups together."""
    return {name: value for group in groups for name, value in asdict(group).items()}
