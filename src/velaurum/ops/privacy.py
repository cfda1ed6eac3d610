"""The record of processing (GDPR, Art. 30), made of the classes of columns: what is there for an organisation (V-25).

The same organisation, settings and release give the same record. What only the controller knows is named, and left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from velaurum import __version__
from velaurum.config import Settings
from velaurum.db import column_classes
from velaurum.db.column_classes import Classes
from velaurum.transport import opening
from velaurum.webhooks.endpoints import Endpoint

KIND = "velaurum.processing-record.1"
FOR_EVER = "0"
TOLD = "what happened, when, and to which record, by its id"


@dataclass(frozen=True, slots=True)
class OrgAndRegion:
    """Whose record it is, and where its data is kept."""

    id: str
    code: str
    region: str


@dataclass(frozen=True, slots=True)
class DataUse:
    """One category of data that serves a purpose: of whom, for how long, and in which columns."""

    category: str
    what: str
    subjects: str
    kept: str
    columns: list[str]


@dataclass(frozen=True, slots=True)
class Activity:
    """One purpose, in a word and in a sentence, with the data that serves it."""

    purpose: str
    why: str
    data: list[DataUse]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A host that is told something, through which webhooks; it is active unless all of them are disabled."""

    kind: str
    host: str
    what: str
    webhooks: list[str]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One measure, and the command, route or page that shows it."""

    measure: str
    shown_by: str


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """A record of processing. `left_to_controller` names what Art. 30 asks for and no program can know."""

    kind: str
    release: str
    org: OrgAndRegion
    activities: list[Activity]
    recipients: list[Recipient]
    safeguards: list[Safeguard]
    left_to_controller: list[str]


@dataclass(frozen=True, slots=True)
class Installed:
    """What the settings add: for how long what is bounded is kept, and the host of a bus that carries messages."""

    kept: Mapping[str, str]
    bus: str | None


SAFEGUARDS = [
    Safeguard("Organisations are kept apart by keys, row security and roles.", "velaurum verify tenancy"),
    Safeguard(
        "Every statement is proven to apply its organisation, and counted.", "velaurum posture tenancy"
    ),
    Safeguard(
        "Names, logins and notes stand beside the log, which has salted commitments to them.",
        "docs/guide/history.md",
    ),
    Safeguard("Passwords are kept as Argon2id hashes, all other secrets hashed or sealed.", "SECURITY.md"),
    Safeguard("Who read and changed what is recorded; the log of it is signed.", "velaurum verify db"),
    Safeguard("The operator reads an organisation by two persons, and seen by it.", "velaurum break-glass"),
]
LEFT_TO_CONTROLLER = [
    "name and contact of the controller, its representative and its data protection officer",
    "legal basis of each purpose",
    "transfers to other countries, and what makes them lawful",
    "recipients that read through the API, and those whom the host of the installation has",
    "copies: backups, exports, and what recipients keep",
]


def installed(settings: Settings) -> Installed:
    """Return what the record says of an installation with these settings."""
    said = {name: getattr(settings, name) for name in _settings(column_classes.shipped())}
    bus = settings.servicebus_namespace if settings.transport == opening.SERVICEBUS else None
    return Installed(said, bus)


def record(
    org: OrgAndRegion, endpoints: Iterable[Endpoint], here: Installed, classes: Classes | None = None
) -> ProcessingRecord:
    """Return the record of an organisation that has these endpoints."""
    known = classes or column_classes.shipped()
    return ProcessingRecord(
        KIND,
        __version__,
        org,
        _activities(known, here.kept),
        _recipients(endpoints, here.bus),
        SAFEGUARDS,
        LEFT_TO_CONTROLLER,
    )


def _settings(classes: Classes) -> set[str]:
    return {one["setting"] for one in classes.kept.values() if "setting" in one}


def _activities(classes: Classes, kept: Mapping[str, str]) -> list[Activity]:
    found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name, table in classes.tables.items():
        if table.is_of_tenants and table.purpose and table.kept:
            for one in table.personal:
                found[table.purpose, one.category, table.kept].append(f"{name}.{one.column}")
    return [
        Activity(
            purpose,
            why,
            [
                DataUse(
                    category,
                    classes.categories[category]["what"],
                    classes.subjects[classes.categories[category]["subjects"]],
                    _age(classes.kept[age], kept),
                    sorted(columns),
                )
                for (of, category, age), columns in sorted(found.items())
                if of == purpose
            ],
        )
        for purpose, why in sorted(classes.purposes.items())
        if any(of == purpose for of, _, _ in found)
    ]


def _age(said: Mapping[str, str], kept: Mapping[str, str]) -> str:
    if "setting" not in said:
        return said["what"]
    age = kept[said["setting"]]
    return f"{said['what']}: {'for ever' if age == FOR_EVER else age} ({said['setting']})"


def _recipients(endpoints: Iterable[Endpoint], bus: str | None) -> list[Recipient]:
    by_host: defaultdict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        # The host alone: a URL may have a secret of its receiver's in it.
        by_host[urlsplit(endpoint.url).hostname or ""].append(endpoint)
    told = [
        Recipient(
            "webhook",
            host,
            TOLD,
            sorted(one.code for one in of_host),
            any(one.disabled_at is None for one in of_host),
        )
        for host, of_host in sorted(by_host.items())
    ]
    return [*told, *([Recipient("transport", bus, TOLD, [], is_active=True)] if bus else [])]
