"""Refusals of what needs a key that cannot be used; what needs none goes on."""

from velaurum.errors import Refusal

RETRY_AFTER_S = 5


class ProviderAwayError(Refusal):
    """A provider, or its key, is away: whatever else that key wraps does not open either."""


class KeyClosedError(Refusal):
    """One data key does not open, whatever others do."""


class ShareLostError(KeyClosedError):
    """A data subject's share is not there, or is another one: what is sealed for this one subject does not open."""


def unavailable(why: str) -> Refusal:
    """Return the refusal `key-unavailable`, which says why."""
    return Refusal("key-unavailable", _detail(why), retry_after_s=RETRY_AFTER_S)


def provider_away() -> ProviderAwayError:
    """Return the same of a provider that cannot be used now."""
    return ProviderAwayError("key-unavailable", _detail("its provider is away"), retry_after_s=RETRY_AFTER_S)


def key_closed() -> KeyClosedError:
    """Return the same of what a provider does not unwrap."""
    return KeyClosedError(
        "key-unavailable", _detail("its provider does not open with it"), retry_after_s=RETRY_AFTER_S
    )


def share_lost(why: str) -> ShareLostError:
    """Return the same of a share. Others' fields open all the same."""
    return ShareLostError("key-unavailable", _detail(why), retry_after_s=RETRY_AFTER_S)


def _detail(why: str) -> str:
    return f"The organisation's key cannot be used now: {why}. What needs no key goes on."
