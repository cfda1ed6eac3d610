"""The tour's steps: each sends what any client would send, checks what it claims, and keeps the facts."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from velaurum.cli import progress
from velaurum.cli.failures import Refused
from velaurum.cli.journey import create_missing
from velaurum.cli.narration import Narrator
from velaurum.cli.patient_client import PatientClient
from velaurum.cli.tour_of_proof import Proof
from velaurum.config import Settings
from velaurum.db import attempts
from velaurum.db.attempts import Attempt
from velaurum.errors import OperationError
from velaurum.exchange import imports
from velaurum.exchange.rejects import RejectsFile
from velaurum.exchange.stories import Story
from velaurum.ops import installation

TAKEN = "2"
TOO_MUCH = "1000000"
_SHOWN = ("id", "kind", "quantity", "recorded_at", "log_index")


@dataclass(slots=True)
class Tour:
    """One tour through one organisation; `facts` is what it showed, for programs."""

    story: Story
    org: str
    settings: Settings
    admin: PatientClient
    keeper: PatientClient
    narrator: Narrator
    facts: dict[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Take every step. OperationError when the product does not do what the tour claims."""
        self.facts["org"] = self.org
        self._import()
        before = self._stock()
        movement = self._post_once()
        self._overdraw()
        self._look_back(before["as_of"]["recorded_at"])
        self._attack()
        self._reverse(movement)
        policy = self.admin.get("/log/status").document["policy"]
        self.facts["proof"] = Proof(self.settings, self.org, movement, self.narrator).show(policy)

    def _import(self) -> None:
        tell = self.narrator
        tell.step("Real movements, through the API that every client uses")
        tell.say(self.story.words)
        for noun, records in (("locations", self.story.locations), ("items", self.story.items)):
            create_missing(self.admin, noun, records, silent=tell.silent)
        source = self.story.movements
        first = json.dumps(next(iter(source.rows())).movement)
        tell.request(
            "POST",
            self._path("/movements/batch"),
            f'{{"mode": "independent", "movements": [{first}, and {source.row_count - 1} more]}}',
        )
        place = self.settings.data_dir / "rejects.csv"
        with (
            RejectsFile(place, source.columns) as rejects,
            progress.shown("Posting", source.row_count, silent=tell.silent) as told,
        ):
            tally = imports.run(source, self.keeper.post_batch, rejects, lambda now: told(now.rows))
        tell.point(
            f"{len(self.story.items)} items, {tally.posted} movements posted, {tally.rejected} row refused: "
            "its quantity was 0."
        )
        self.facts["import"] = {
            "items": len(self.story.items),
            "posted": tally.posted,
            "rejected": tally.rejected,
        }

    def _post_once(self) -> Mapping[str, Any]:
        tell = self.narrator
        tell.step("Once: the same request twice is one movement")
        key = f"demo-{secrets.token_hex(4)}"
        issue = {"kind": "issue", "item": self.story.item, "quantity": TAKEN, "source": self.story.location}
        tell.request("POST", self._path("/movements"), json.dumps(issue), key=key)
        first = self.keeper.send("/movements", issue, key)
        tell.answer("201 Created", _trimmed(first.document))
        tell.say("The answer gets lost on its way; the client cannot know, and repeats:")
        again = self.keeper.send("/movements", issue, key)
        tell.answer("200 OK", _trimmed(again.document), "Idempotent-Replayed: true")
        _hold(
            not first.replayed and again.replayed and again.document == first.document,
            "a repeat is the original",
        )
        tell.point("The original row came back. A key is decided once, for ever.")
        self.facts["replay"] = {
            "id": first.document["id"],
            "again": again.document["id"],
            "replayed": again.replayed,
        }
        return first.document

    def _overdraw(self) -> None:
        tell = self.narrator
        tell.step("Never below zero")
        issue = {
            "kind": "issue",
            "item": self.story.item,
            "quantity": TOO_MUCH,
            "source": self.story.location,
        }
        tell.request("POST", self._path("/movements"), json.dumps(issue))
        try:
            self.keeper.send("/movements", issue, f"demo-{secrets.token_hex(4)}")
        except Refused as refused:
            problem = refused.problem
        else:
            raise OperationError("The ledger let a location go below zero.")
        shown = {name: problem[name] for name in ("code", "detail", "available") if name in problem}
        tell.answer(f"{problem['status']} Conflict", shown)
        tell.point(f"Refused, with what is there: {problem['available']}.")
        self.facts["overdraw"] = {"status": problem["status"], **shown}

    def _look_back(self, earlier: str) -> None:
        tell = self.narrator
        tell.step("Any second of the past, on two clocks")
        tell.request("GET", self._path(f"/balances?item={self.story.item}&location={self.story.location}"))
        now = self._on_hand()
        then = self._on_hand(as_of=earlier)
        halfway = self._on_hand(effective_as_of=self.story.halfway)
        tell.table(
            ("on hand", "", "asked with"),
            (
                (now, "now", ""),
                (then, "as the ledger knew it", f"as_of={earlier}"),
                (halfway, "as the world was", f"effective_as_of={self.story.halfway}"),
            ),
        )
        _hold(then != now != halfway, "the past is kept")
        tell.point("No snapshot was taken: every movement carries the balance that it left.")
        self.facts["stock"] = {"now": now, "before": then, "halfway": halfway}

    def _attack(self) -> None:
        tell = self.narrator
        tell.step("History is not rewritten, not even by the owner of the table")
        with installation.opened(self.settings) as place:
            if place.admin_conninfo is None:
                raise OperationError("The embedded database has no administrator.")
            tried = (
                attempts.rewrite_as_application(place.app_conninfo),
                attempts.rewrite_as_owner(place.admin_conninfo),
            )
        for attempt in tried:
            tell.say(f"{attempt.role}=> {attempt.statement}")
            tell.refused(f"ERROR {attempt.sqlstate}: {attempt.said}")
        _hold(all(attempt.is_refused for attempt in tried), "history cannot be rewritten")
        tell.point(
            "Both refused by PostgreSQL itself. What a superuser could do is in docs/security/attacks.md."
        )
        self.facts["attempts"] = [_attempt(attempt) for attempt in tried]

    def _reverse(self, movement: Mapping[str, Any]) -> None:
        tell = self.narrator
        tell.step("A mistake is corrected in the open: by its exact mirror, once")
        path = f"/movements/{movement['id']}/reversal"
        asked = {"reason": "counted twice"}
        tell.request("POST", self._path(path), json.dumps(asked))
        mirror = self.keeper.send(path, asked, f"demo-{secrets.token_hex(4)}").document
        tell.answer("201 Created", _trimmed(mirror) | {"reverses": mirror["reverses"]})
        on_hand = self._on_hand()
        tell.point(f"On hand again: {on_hand}. Both rows stay for whoever asks why.")
        self.facts["reversal"] = {"id": mirror["id"], "reverses": mirror["reverses"], "on_hand": on_hand}

    def _stock(self, **query: str) -> Mapping[str, Any]:
        return self.keeper.get(
            "/balances", item=self.story.item, location=self.story.location, **query
        ).document

    def _on_hand(self, **query: str) -> str:
        on_hand: str = self._stock(**query)["data"][0]["on_hand"]
        return on_hand

    def _path(self, path: str) -> str:
        return f"/v1/orgs/{self.org}{path}"


def _trimmed(movement: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a movement what a newcomer looks at."""
    sides = {
        name: {"code": side["code"], "on_hand": side["on_hand"], "seq": side["seq"]}
        for name, side in (("source", movement["source"]), ("target", movement["target"]))
        if side["seq"] is not None
    }
    return {name: movement[name] for name in _SHOWN} | sides


def _attempt(attempt: Attempt) -> dict[str, str | None]:
    return {"role": attempt.role, "sqlstate": attempt.sqlstate, "said": attempt.said}


def _hold(claim: bool, words: str) -> None:
    if not claim:
        raise OperationError(f"The tour did not see that {words}; please report this.")
