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
_OF_COUNT = "count:"
# The same of shipments, in the form that names one: other keys that begin like it may have been used before.
_OF_SHIPMENT = re.compile(r"shipment:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}")
_ESCAPED = re.compile(r'\\(["\\])')


def parse(text: str) -> str | None:
    """Return the key that `text` spells, without its quotes; None when it spells none for a caller."""
    if text.startswith(QUOTE):
        quoted = _QUOTED.fullmatch(text)
        text = _ESCAPED.sub(r"\1", quoted[1]) if quoted else ""
    if not texts.IDEMPOTENCY_KEY.fullmatch(text) or text.startswith(_OF_COUNT):
        return None
    return None if _OF_SHIPMENT.fullmatch(text) else text


def read(request: Request) -> str:
    """Return the one Idempotency-Key of a request. Refuses `idempotency-key-missing` and `-invalid`."""
    values = request.headers.getlist("idempotency-key")
    if values in ([], [""], ['""']):
        raise Refusal("idempotency-key-missing", "Send an Idempotency-Key: a new UUID for every new request.")
    key = parse(values[0]) if len(values) == 1 else None
    if key is None:
        raise Refusal(
            "idempotency-key-invalid",
            "Send one Idempotency-Key of 1 to 255 visible ASCII characters that does not begin with count:, "
            "nor is shipment:ID:NUMBER.",
        )
    return key


def _key(
    request: Request,
    _documented: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> str:
    return read(request)


Key = Annotated[str, Depends(_key)]
