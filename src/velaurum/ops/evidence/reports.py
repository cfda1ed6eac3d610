"""Reports: what a verification looked at and found, as the document that is printed, kept and hashed."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from velaurum import __version__
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.metalog import Accounted
from velaurum.tenancy.context import OrgId


def now() -> str:
    """Return this moment, RFC 3339 in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was looked at: how many entries it has, their root in base64, and the size of its newest checkpoint.

    Size and root are None where it could not be read to the end.
    """

    org_id: OrgId
    org: str
    size: int | None = None
    root: str | None = None
    signed_size: int | None = None

    def document(self) -> dict[str, Any]:
        return {"org": self.org, "size": self.size, "root": self.root, "signed_size": self.signed_size}


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found. `notes` are what an installation may lack, and has to know.

    Instants are RFC 3339 in UTC.
    """

    findings: Findings = field(default_factory=Findings)
    logs: list[Log] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # What the logs say of the meta-log; None once one of them could not be read.
    accounted: Accounted | None = field(default_factory=Accounted)
    # Lines of witnesses whose keys were not at hand.
    unknown_witnesses: int = 0
    # Notes that no key opened.
    unopened_notes: int = 0
    # Names of people, former ones among them, that no key opened.
    unopened_names: int = 0
    program: str = __version__
    began_at: str = field(default_factory=now)
    ended_at: str = ""

    @property
    def holds(self) -> bool:
        return not self.findings.total

    @property
    def entries(self) -> int:
        """How many entries were read."""
        return sum(one.size or 0 for one in self.logs)

    def codes_of(self, org: str) -> tuple[int, list[str]]:
        """Return how many findings concern an organisation, and their codes: its own, and those of what guards all."""
        found = {key: number for key, number in self.findings.counts.items() if key[1] in (org, None)}
        return sum(found.values()), sorted({code for code, _ in found})

    def document(self) -> dict[str, Any]:
        return {
            "ok": self.holds,
            "program": self.program,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "logs": [one.document() for one in self.logs],
            "findings": [one.document() for one in self.findings.kept],
            "unlisted": [
                {"code": code, "org": org, "number": number} for code, org, number in self.findings.unlisted()
            ],
            "notes": self.notes,
        }

    def written(self) -> bytes:
        """Return the line of JSON that is the report: what is printed, kept in a file, and hashed."""
        return json.dumps(self.document()).encode() + b"\n"
