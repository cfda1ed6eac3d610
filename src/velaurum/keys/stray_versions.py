"""Stray versions of wrapping keys: a provider made one, and the database did not take it (V-10)."""

import logging

from velaurum.errors import Refusal
from velaurum.keys import wrapping_keys
from velaurum.keys.asked_providers import AskedProviders
from velaurum.keys.doors import Door
from velaurum.keys.providers import WrappingKey
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.keys")


def abandon(door: Door, providers: AskedProviders, org_id: OrgId, key: WrappingKey) -> None:
    """Have a version destroyed that was made here and is not in use; a warning where its provider cannot now.

    Only for whoever knows that the database did not take it: of an answer that never came nobody does.
    """
    with door.installation() as outside:
        if wrapping_keys.knows(outside.within(org_id), org_id, key):
            return
    try:
        providers.destroy(key)
    except Refusal:
        log.warning("%s %s, version %s, wraps nothing and stays.", key.provider, key.name, key.version)
