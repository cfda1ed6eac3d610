"""What the proof says of one statement."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a statement is not proven: a code, what it is about, at which query level, and what is missing."""

    code: str
    relation: str
    level: str
    missing: str

    def __str__(self) -> str:
        return f"{self.code}: {self.relation or '(none)'} in {self.level}: {self.missing}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`applied`, or the findings that say why not. `reached` names relations and routines."""

    findings: tuple[Finding, ...] = ()
    reached: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_applied(self) -> bool:
        return not self.findings

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}

    def __str__(self) -> str:
        return "applied" if self.is_applied else "; ".join(map(str, self.findings))
