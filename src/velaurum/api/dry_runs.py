"""Dry runs: what would become of movements, judged by the posting routine in a transaction that is rolled back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.requests import Request

from velaurum.api.notes import NotedFront, may_be_alike
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import outcomes
from velaurum.ledger.intakes import Intake, SealedNote
from velaurum.ledger.outcomes import Outcome
from velaurum.tenancy.context import OrgContext

PARAMETER = "dry_run"
PARAMETERS = frozenset((PARAMETER,))
HEADERS: Mapping[str, str] = {"Dry-Run": "true"}
# What no recorded note commits to. It is never stored: it stands for notes of keys that were decided before.
_UNLIKE = SealedNote(bytes(32), bytes(64))
_SAID = {None: False, "false": False, "true": True}


def is_asked_for(request: Request) -> bool:
    """Tell whether a posting is only to be tried. Refuses `invalid-field` for what is neither true nor false."""
    said = request.query_params.get(PARAMETER)
    if said not in _SAID:
        detail = "Say true or false."
        raise Refusal("invalid-field", detail, (FieldError(PARAMETER, "invalid-field", detail),))
    return _SAID[said]


async def decide(
    front: NotedFront, org: OrgContext, asked: Sequence[Intake], *, atomic: bool
) -> list[Outcome]:
    """Return what would be decided for each movement; nothing was. Refuses as PostingFront.post().

    A note is not sealed, because the first of somebody makes their key: it is only compared with what is recorded.
    """
    tried = [replace(one, note=None) for one in asked]
    decided = await front.front.post(org, tried, atomic=atomic, dry_run=True)
    unlike = [
        replace(one, sealed=_UNLIKE)
        for one, outcome in zip(asked, decided, strict=True)
        if may_be_alike(one, outcome)
    ]
    if unlike:
        alike = await front.recorded_alike(org, unlike)
        tried = [
            _committed(one, alike.get(one.idempotency_key)) if may_be_alike(one, outcome) else bare
            for one, bare, outcome in zip(asked, tried, decided, strict=True)
        ]
        decided = await front.front.post(org, tried, atomic=atomic, dry_run=True)
    judged = _judged(asked, tried, decided)
    return _all_or_none(asked, judged) if atomic else judged


def _committed(one: Intake, alike: Intake | None) -> Intake:
    is_alike = alike is not None and alike.note == one.note
    return replace(one, sealed=alike.sealed if alike is not None and is_alike else _UNLIKE)


def _judged(asked: Sequence[Intake], tried: Sequence[Intake], decided: Sequence[Outcome]) -> list[Outcome]:
    """Give outcomes the notes of their requests, and refuse what repeats a key with another note or none."""
    first: dict[str, tuple[str | None, Outcome]] = {}
    judged = []
    for one, sent, outcome in zip(asked, tried, decided, strict=True):
        note, of_first = first.setdefault(one.idempotency_key, (one.note, outcome))
        if outcome.movement is None or sent.sealed is not None:
            judged.append(outcome)
        elif outcome.replayed and one.note != (None if of_first.replayed else note):
            judged.append(Outcome(None, outcomes.reused(), replayed=False))
        else:
            judged.append(replace(outcome, movement=replace(outcome.movement, note=one.note)))
    return judged


def _all_or_none(asked: Sequence[Intake], judged: list[Outcome]) -> list[Outcome]:
    """Post nothing when something is refused. What was posted before stands; what repeats a new movement does not."""
    if all(one.movement is not None for one in judged):
        return judged
    first: dict[str, Outcome] = {}
    return [
        outcome
        if outcome.movement is None or first.setdefault(one.idempotency_key, outcome).replayed
        else Outcome(None, None, replayed=False)
        for one, outcome in zip(asked, judged, strict=True)
    ]
