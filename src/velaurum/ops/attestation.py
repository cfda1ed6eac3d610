"""The tenancy attestation: one answer to "was the organisation applied?", and what it rests on (V-14)."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Literal

from velaurum import __version__
from velaurum.db import catalogue, comparison
from velaurum.db.catalogue import Rule
from velaurum.db.comparison import Comparison
from velaurum.db.queries import registry_hash
from velaurum.tenancy.access_events import Totals

KIND = "velaurum.tenancy-attestation.1"
USUAL_PERIOD = timedelta(days=1)
Answer = Literal["TRUE", "FALSE", "NOT ATTESTED"]


@dataclass(frozen=True, slots=True)
class OrgRef:
    """The organisation that a report is about."""

    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A statement that serves no single organisation, why, who answers for it and until when."""

    statement: str
    reason: str
    owner: str
    until: str


@dataclass(frozen=True, slots=True)
class GapReport:
    """Calls that the server counted and no process speaks of; `statement` is null for one that is not registered."""

    query_id: str
    statement: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class WitnessReport:
    """What the server's own count says of the whole installation since it began; null where it is off."""

    since: str | None
    gaps: int
    found: list[GapReport]
    statements: int
    calls: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """How many rules of the catalogue hold, of how many, and which do not."""

    holds: int
    rules: int
    broken: list[str]


@dataclass(frozen=True, slots=True)
class TenancyReport:
    """An attestation. `reasons` say what stands against TRUE; `org` is null for the whole installation."""

    kind: str
    org: OrgRef | None
    period_from: str
    period_to: str
    made_at: str
    release: str
    registry_hash: str
    org_applied: Answer
    reasons: list[str]
    requests: int
    events: int
    statements: int
    applied: int
    exempt: int
    not_applied: int
    events_lost: int
    exemptions: list[Exemption]
    witness: WitnessReport
    catalogue: CatalogueReport


@dataclass(frozen=True, slots=True)
class Period:
    """From one instant on until before another one, RFC 3339 in UTC."""

    from_at: str
    to_at: str

    @classmethod
    def of(cls, from_at: datetime | None, to_at: datetime | None) -> "Period":
        """Return what was asked for: the day until now, unless said otherwise. What is to come is not in it."""
        now = datetime.now(UTC)
        end = min(to_at or now, now)
        return cls(instant(from_at or end - USUAL_PERIOD), instant(end))


def instant(at: datetime) -> str:
    """Write an instant as the product does everywhere."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def examine(conninfo: str) -> tuple[Comparison, list[Rule]]:
    """Look at the witness and at the catalogue, as the application's role. OperationError without a database."""
    return comparison.compare(conninfo), catalogue.examine(conninfo)


def report(
    org: OrgRef | None,
    period: Period,
    totals: Iterable[Totals],
    compared: Comparison,
    rules: list[Rule],
) -> TenancyReport:
    """Put together what is known. It is TRUE when nothing stands against it, and everything was looked at."""
    events = list(totals)
    exemptions = exempt_statements()
    broken = [one.name for one in rules if one.broken_by and one.is_required]
    faults, doubts = _faults(events, compared, broken), _doubts(events, compared, exemptions)
    answer: Answer = "FALSE" if faults else "NOT ATTESTED" if doubts else "TRUE"
    return TenancyReport(
        kind=KIND,
        org=org,
        period_from=period.from_at,
        period_to=period.to_at,
        made_at=instant(datetime.now(UTC)),
        release=__version__,
        registry_hash=registry_hash().hex(),
        org_applied=answer,
        reasons=[*faults, *doubts],
        requests=sum(one.requests for one in events),
        events=sum(one.events for one in events),
        statements=sum(one.statements for one in events),
        applied=sum(one.applied for one in events),
        exempt=sum(one.exempt for one in events),
        not_applied=sum(one.not_applied for one in events),
        events_lost=compared.events_lost,
        exemptions=exemptions,
        witness=_witness(compared),
        catalogue=CatalogueReport(sum(not one.broken_by for one in rules), len(rules), broken),
    )


def exempt_statements() -> list[Exemption]:
    """Return the statements that the build lets apply no organisation."""
    text = (resources.files("velaurum.sql") / "exemptions.toml").read_text("utf-8")
    return [
        Exemption(one["statement"], one["reason"], one["owner"], one["until"].isoformat())
        for one in tomllib.loads(text)["exemption"]
    ]


def _faults(events: list[Totals], compared: Comparison, broken: list[str]) -> list[str]:
    stopped = sum(one.not_applied for one in events)
    strange = sum(gap.calls for gap in compared.gaps if gap.statement is None)
    found = {
        f"{stopped} requests came to a statement that did not apply their organisation; it was stopped.": stopped,
        f"The server ran {strange} statements for the application's role that are not registered.": strange,
        f"{len(broken)} rules of the catalogue do not hold.": broken,
    }
    return [fault for fault, is_so in found.items() if is_so]


def _doubts(events: list[Totals], compared: Comparison, exemptions: list[Exemption]) -> list[str]:
    unsaid = sum(gap.calls for gap in compared.gaps if gap.statement is not None)
    early = sum(
        1 for one in events if compared.since is not None and one.first_at and one.first_at < compared.since
    )
    expired = sum(date.fromisoformat(one.until) < datetime.now(UTC).date() for one in exemptions)
    found = {
        (
            f"The server ran {unsaid} calls of registered statements that no process speaks of;"
            f" {compared.unended} processes run or were killed."
        ): unsaid,
        f"{compared.events_lost} events of requests were lost.": compared.events_lost,
        f"The period begins before the server's counting, at {compared.since}.": early,
        f"{expired} exemptions have expired.": expired,
    }
    return [*compared.doubts, *(doubt for doubt, is_so in found.items() if is_so)]


def _witness(compared: Comparison) -> WitnessReport:
    return WitnessReport(
        compared.since,
        sum(gap.calls for gap in compared.gaps),
        [GapReport(gap.query_id, gap.statement, gap.calls) for gap in compared.gaps],
        compared.statements,
        compared.calls,
        compared.unanswered,
    )
