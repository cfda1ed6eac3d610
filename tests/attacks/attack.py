"""One attack on the ledger, and what has to happen when the application, the owner and a superuser try it."""

from dataclasses import dataclass

NO_RIGHT = "no right"
TRIGGER = "trigger"
FENCE = "fence"
CONSTRAINT = "constraint"
ROW_SECURITY = "row security"
NO_EFFECT = "no effect"
GOES_THROUGH = "**goes through**"

REFUSED_BY_TRIGGER = (NO_RIGHT, TRIGGER, TRIGGER)
REFUSED_BY_FENCE = (NO_RIGHT, FENCE, FENCE)
FENCED_FROM_SUPERUSER = (NO_RIGHT, NO_RIGHT, FENCE)
SUPERUSER_ONLY = (NO_RIGHT, NO_RIGHT, GOES_THROUGH)

_MEANS = {
    NO_RIGHT: "grants",
    TRIGGER: "triggers",
    FENCE: "fence",
    CONSTRAINT: "constraints",
    ROW_SECURITY: "row security",
    NO_EFFECT: "grants",
}


@dataclass(frozen=True, slots=True)
class Attack:
    """Statements that are run in turn until one is refused, and the outcomes for app, owner and superuser.

    `proof` is true in the same transaction when the attack had its effect. `rows` are given to a COPY. `caught_by`
    says what refuses it or, where it goes through, what has to show it later; by default the refusing means.
    """

    name: str
    steps: tuple[str, ...]
    outcomes: tuple[str, str, str]
    proof: str = "select true"
    caught_by: str = ""
    rows: str = ""
    in_transaction: bool = True
    has_entered: bool = True  # whether the session is in an organisation

    @property
    def answer(self) -> str:
        if self.caught_by:
            return self.caught_by
        assert GOES_THROUGH not in self.outcomes, self.name
        means = dict.fromkeys(_MEANS[outcome] for outcome in self.outcomes)
        return ", ".join(means)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of docs/security/attacks.md."""
        return (self.name, *self.outcomes, self.answer)
