"""Idempotency keys as they arrive: bare or as a quoted structured string (RFC 8941), the two being equal."""

import re
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request

from velaurum import texts
from velaurum.errors import Refusal

QUOTE = '"'
PATTERN = r'^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$'
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
# Counts are posted under keys of the product's own, that nobody could foresee and use up before.
_OF_PRODUCT = "count:"
_ESCAPED = re.compile(r'\\(["\\])')


def parse(text: str) -> str | None:
    """Return the key that `text` spells, without its quotes; None when it spells none for a caller."""
    if text.startswith(QUOTE):
        quoted = _QUOTED.fullmatch(text)
        text = _ESCAPED.sub(r"\1", quoted[1]) if quoted else ""
    return text if texts.IDEMPOTENCY_KEY.fullmatch(text) and not text.startswith(_OF_PRODUCT) else None


def read(request: Request) -> str:
    """Return the one Idempotency-Key of a request. Refuses `idempotency-key-missing` and `-invalid`."""
    values = request.headers.getlist("idempotency-key")
    if values in ([], [""], ['""']):
        raise Refusal("idempotency-key-missing", "Send an Idempotency-Key: a new UUID for every new request.")
    key = parse(values[0]) if len(values) == 1 else None
    if key is None:
        raise Refusal(
            "idempotency-key-invalid",
            "Send one Idempotency-Key of 1 to 255 visible ASCII characters that does not begin with count:.",
        )
    return key


def _key(
    request: Request,
    _documented: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> str:
    return read(request)


Key = Annotated[str, Depends(_key)]
