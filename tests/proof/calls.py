"""Every call that a mutant is tried with: the scenario's own, the same a little otherwise, and the scenes."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from proof import (
    incarnation_story,
    log_key_story,
    log_story,
    metalog_story,
    reminders_story,
    retention_story,
    webhooks_story,
)
from proof.catalog import product
from proof.judge import judge
from proof.registry import bodies, statements
from proof.replays import Call, Change, Stage
from proof.scenario import Story
from proof.scenes_of_break_glass import SCENES_OF_BREAK_GLASS
from proof.scenes_of_callbacks import SCENES_OF_CALLBACKS
from proof.scenes_of_counts import SCENES_OF_COUNTS
from proof.scenes_of_departments import SCENES_OF_DEPARTMENTS
from proof.scenes_of_events import SCENES_OF_EVENTS
from proof.scenes_of_history import SCENES_OF_HISTORY
from proof.scenes_of_jobs import SCENES_OF_JOBS
from proof.scenes_of_keys import SCENES_OF_KEYS
from proof.scenes_of_logs import SCENES_OF_LOGS
from proof.scenes_of_parts import SCENES_OF_PARTS
from proof.scenes_of_passwords import SCENES_OF_PASSWORDS
from proof.scenes_of_pasts import SCENES_OF_PASTS
from proof.scenes_of_periods import SCENES_OF_PERIODS
from proof.scenes_of_recounts import SCENES_OF_RECOUNTS
from proof.scenes_of_reminders import SCENES_OF_REMINDERS
from proof.scenes_of_requests import SCENES_OF_REQUESTS
from proof.scenes_of_reservations import SCENES_OF_RESERVATIONS
from proof.scenes_of_retention import SCENES_OF_RETENTION
from proof.scenes_of_rights import SCENES_OF_RIGHTS
from proof.scenes_of_scim import SCENES_OF_SCIM
from proof.scenes_of_sealed_texts import SCENES_OF_SEALED_TEXTS
from proof.scenes_of_shipments import SCENES_OF_SHIPMENTS
from proof.scenes_of_sign_ins import SCENES_OF_SIGN_INS
from proof.scenes_of_subjects import SCENES_OF_SUBJECTS
from proof.scenes_of_transport import SCENES_OF_TRANSPORT
from proof.scenes_of_webhooks import SCENES_OF_WEBHOOKS
from support.ledger_sql import APP, INTEGRATOR, OPERATOR

SCENES = (
    *SCENES_OF_RIGHTS,
    *SCENES_OF_SIGN_INS,
    *SCENES_OF_PASSWORDS,
    *SCENES_OF_BREAK_GLASS,
    *SCENES_OF_DEPARTMENTS,
    *SCENES_OF_SCIM,
    *SCENES_OF_HISTORY,
    *SCENES_OF_LOGS,
    *SCENES_OF_EVENTS,
    *SCENES_OF_WEBHOOKS,
    *SCENES_OF_JOBS,
    *SCENES_OF_CALLBACKS,
    *SCENES_OF_TRANSPORT,
    *SCENES_OF_KEYS,
    *SCENES_OF_RETENTION,
    *SCENES_OF_REMINDERS,
    *SCENES_OF_SUBJECTS,
    *SCENES_OF_SEALED_TEXTS,
    *SCENES_OF_REQUESTS,
    *SCENES_OF_COUNTS,
    *SCENES_OF_RECOUNTS,
    *SCENES_OF_SHIPMENTS,
    *SCENES_OF_PERIODS,
    *SCENES_OF_PARTS,
    *SCENES_OF_PASTS,
    *SCENES_OF_RESERVATIONS,
)
_OF_THE_INTEGRATOR = frozenset[str]().union(
    log_story.OF_THE_INTEGRATOR,
    incarnation_story.OF_THE_INTEGRATOR,
    log_key_story.OF_THE_INTEGRATOR,
    metalog_story.OF_THE_INTEGRATOR,
    webhooks_story.OF_THE_INTEGRATOR,
    retention_story.OF_THE_INTEGRATOR,
    reminders_story.OF_THE_INTEGRATOR,
)
_OF_THE_OPERATOR = incarnation_story.OF_THE_OPERATOR | metalog_story.OF_THE_OPERATOR
_NAME = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


def role_of(name: str) -> str:
    """Return the role that the product makes a statement as."""
    if name in _OF_THE_OPERATOR:
        return OPERATOR
    return INTEGRATOR if name in _OF_THE_INTEGRATOR else APP


def calls(story: Story, twin: str) -> Iterator[Call]:
    """Yield the scenes and the calls of a story, in either organisation beside the other one."""
    for org_id, other in ((story.org_id, twin), (twin, story.org_id)):
        yield from _scenes(org_id, other)
        yield from _of_story(story, org_id, other, _variations)


def narrow_calls(story: Story, twin: str, departments: Mapping[str, str]) -> Iterator[Call]:
    """Yield the calls of a story that mind departments, each as somebody would make it who reaches these or those.

    `departments` has the id of each by its code.
    """
    yield from _scenes(story.org_id, twin)
    for org_id, other in ((story.org_id, twin), (twin, story.org_id)):
        yield from _of_story(story, org_id, other, lambda given: _narrowed(given, departments))


def _scenes(org_id: str, other: str) -> Iterator[Call]:
    for scene in SCENES:
        yield Call(scene.name, scene.call, {}, org_id, other, scene.world, scene.role)


def _of_story(
    story: Story, org_id: str, other: str, vary: Callable[[Mapping[str, Any]], Iterator[Mapping[str, Any]]]
) -> Iterator[Call]:
    texts = {one.name: one.text for one in statements()}
    for name, given in story.recorded.items():
        varied = {repr(sorted(p.items())): p for one in given for p in vary(one)}
        for parameters in varied.values():
            bound = {**parameters, "org_id": org_id} if "org_id" in parameters else parameters
            yield Call(name, texts[name], bound, org_id, other, role=role_of(name))


@dataclass(slots=True)
class Repertoire:
    """All that is tried with a mutant, by the routines that it goes through; some of it once more in each world."""

    stage: Stage
    calls: list[Call]
    worlds: Mapping[str, str] = field(default_factory=dict)
    by_routine: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))
    leaders: list[Call] = field(default_factory=list)
    elsewhere: dict[tuple[Call, str], Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        through: dict[str, set[str]] = defaultdict(set)
        shapes: dict[str, Call] = {}
        for call in self.calls:
            shown = self.stage.once(call)
            through[call.name] |= shown.through
            shapes.setdefault(f"{call.name} {call.org_id} {shown.shape()}", call)
        # Of those that go the same way one comes first, and in other worlds alone: worlds are many.
        self.leaders = [*shapes.values()]
        others = [call for call in self.calls if call not in self.leaders]
        for call in (*self.leaders, *others):
            for routine in through[call.name] | _reached(call.text):
                self.by_routine[routine].append(call)

    def unseen(self, name: str, changes: Mapping[str, Change]) -> list[str]:
        """Return those changes of a routine or view that no call shows."""
        return self.stage.unseen(self._tried(name), changes)

    def unseen_of_statement(self, name: str, changes: Mapping[str, Change]) -> list[str]:
        """Return those changes of a statement's text that no call of it shows."""
        return self.stage.unseen((one for one in self.calls if one.name == name), changes)

    def _tried(self, name: str) -> Iterator[Call]:
        known = self.by_routine[name]
        yield from known
        leaders = [one for one in known if one in self.leaders and not one.world]
        for world in self.worlds:
            for call in leaders:
                yield self._within(call, world)

    def _within(self, call: Call, world: str) -> Call:
        key = (call, world)
        if key not in self.elsewhere:
            self.elsewhere[key] = replace(call, world=self.worlds[world])
        return self.elsewhere[key]


def _variations(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters as they were, with a key that is free, and with a code that is free as well."""
    yield given
    fresh = dict(given)
    if "idempotency_key" in given:
        fresh["idempotency_key"] = "fresh"
        yield dict(fresh)
    if isinstance(given.get("code"), str):
        fresh["code"] = "fresh" if given["code"].islower() else "FRESH"
        fresh |= {"code_key": "fresh"} if "code_key" in given else {}
        yield dict(fresh)


def _narrowed(given: Mapping[str, Any], departments: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield what is new, or asked, in each department or none, by somebody who reaches some of them or none."""
    if "sub_org_ids" not in given:
        yield given
        return
    # A code names what is new, or what is looked for.
    fresh = [*_variations(given)][-1] if "idempotency_key" in given else given
    department, inner, ours = (departments[code] for code in ("DEPARTMENT", "INNER", "OURS"))
    for reach in ([department], [inner], [department, inner], [inner, ours], []):
        yield {**fresh, "sub_org_ids": reach}
        if "sub_org_id" in given:
            for place in (None, department, inner):
                yield {**fresh, "sub_org_ids": reach, "sub_org_id": place}


@cache
def _closures() -> Mapping[str, frozenset[str]]:
    """Return what each routine and view reaches, itself and through others."""
    through = {name: verdict.reached for name, verdict in bodies(product())}
    found = {}
    for name in through:
        reached, ahead = set(), {name}
        while ahead:
            reached.add(one := ahead.pop())
            ahead |= set(through.get(one, ())) - reached
        found[name] = frozenset(reached)
    return found


@cache
def _reached(text: str) -> frozenset[str]:
    named = {*_NAME.findall(text)} & {*_closures()}
    return frozenset(judge(text, product()).reached).union(*(_closures()[name] for name in named))
