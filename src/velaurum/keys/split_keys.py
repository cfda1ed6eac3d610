"""Split keys: the data key of a subject opens with what its provider unwraps, and its share (V-08, V-09).

The key is sealed with AES-256-GCM under the share. The ciphertext, as long as the key, is what a provider wraps, so
that no provider is asked for anything new; nonce and tag are stored beside it. Keys are wrapped anew without any share.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum.keys.data_keys import DataKey
from velaurum.keys.lengths import prefixed
from velaurum.keys.providers import SECRET_BYTES
from velaurum.keys.refusing import share_lost
from velaurum.keys.shares import Shares
from velaurum.tenancy.context import OrgId

_NONCE_BYTES = 12


def split(share: bytes, org_id: OrgId, key_id: str, subject_id: str, secret: bytes) -> tuple[bytes, bytes]:
    """Return 32 bytes for a provider to wrap, and the 28 bytes of the seal."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(share).encrypt(nonce, secret, _bound(org_id, key_id, subject_id))
    return sealed[:SECRET_BYTES], nonce + sealed[SECRET_BYTES:]


def joined(shares: Shares, org_id: OrgId, key: DataKey, unwrapped: bytes) -> bytes:
    """Return the secret of a data key from what its provider unwrapped; that is the secret where it is not split.

    ShareLostError when the share is not there, or does not open it: it is another one, or was tampered with.
    """
    if key.subject_id is None or key.share_seal is None:
        return unwrapped
    nonce, tag = key.share_seal[:_NONCE_BYTES], key.share_seal[_NONCE_BYTES:]
    share = shares.get(org_id, key.subject_id)
    try:
        return AESGCM(share).decrypt(nonce, unwrapped + tag, _bound(org_id, key.id, key.subject_id))
    except InvalidTag:
        raise share_lost("a person's share is not the one that their key was split with") from None


def _bound(org_id: OrgId, key_id: str, subject_id: str) -> bytes:
    parts = ("velaurum share", org_id, key_id, subject_id)
    return prefixed(*(part.encode() for part in parts))
