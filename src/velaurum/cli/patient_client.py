"""The client of long runs: silent about keys, which the run can make again, and patient with a restarting server."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from velaurum.cli.client import Answer, Client
from velaurum.cli.failures import Refused
from velaurum.config import Settings
from velaurum.errors import OperationError

PATIENCE_S = 60.0
WAIT_S = 1.0
_LIMITED, _UNAVAILABLE = 429, 503


class PatientClient(Client):
    """Repeats what it does not know the end of, with the same keys. It gives up early only on the first request.

    A limit is waited for as long as the server says.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._has_answered = False

    def send(self, path: str, document: Mapping[str, Any], key: str | None = None) -> Answer:
        """Write once; `key` is None where the document carries the keys."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        body = json.dumps(document).encode()
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._ask("POST", path, headers, body)
            except (OperationError, Refused) as error:
                told_to_wait = isinstance(error, Refused) and error.problem["status"] == _LIMITED
                may_pass = told_to_wait or (self._has_answered and _may_pass(error))
                if not may_pass or time.monotonic() > deadline:
                    raise
                time.sleep(max(WAIT_S, min(_asked_wait_s(error), PATIENCE_S)))
            else:
                self._has_answered = True
                return answer

    def post_batch(self, movements: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, Any]]:
        """Post movements, each for itself, and return their results in order."""
        return self._results("/movements/batch", movements)

    def try_batch(self, movements: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, Any]]:
        """Return what would become of movements, each for itself; nothing is posted."""
        return self._results("/movements/batch?dry_run=true", movements)

    def _results(self, path: str, movements: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, Any]]:
        answer = self.send(path, {"mode": "independent", "movements": movements})
        results: list[Mapping[str, Any]] = answer.document["results"]
        return results


def _may_pass(error: OperationError | Refused) -> bool:
    return isinstance(error, OperationError) or error.problem["status"] == _UNAVAILABLE


def _asked_wait_s(error: OperationError | Refused) -> float:
    return error.retry_after_s if isinstance(error, Refused) else 0.0
