"""Writes the vectors of ML-DSA from the definitions: `python -m support.ml_dsa_vectors`, then read the diff."""

import json
import struct
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from support import plain_tree, proof_vectors


def ml_dsa_44() -> dict[str, Any]:
    """Return the vectors of ML-DSA. Its signature is Go's (crypto/mldsa, deterministic), and is kept as it is."""
    text, at_s = proof_vectors.checkpoint_text(8), 1_764_374_400
    seed = sha256(proof_vectors.LOG.encode()).digest()
    public = b"\x06" + MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    key_id = sha256(proof_vectors.LOG.encode() + b"\n" + public).digest()[:4]
    name = bytes([len(proof_vectors.LOG)]) + proof_vectors.LOG.encode()
    root = bytes.fromhex(plain_tree.CT_ROOT)
    signature = json.loads((proof_vectors.FOLDER / "ml_dsa_44.json").read_bytes())["signature"]
    stamped = struct.pack(">Q", at_s) + bytes.fromhex(signature)
    line = f"{proof_vectors.DASH} {proof_vectors.LOG} {proof_vectors.b64(key_id + stamped)}\n"
    return {
        "description": "C2SP tlog-cosignature with ML-DSA-44 (0x06) by a log itself, over the eight shared entries. "
        "The signature is the deterministic one of FIPS 204, in hex, as Go's crypto/mldsa makes it.",
        "seed": seed.hex(),
        "log": f"{proof_vectors.LOG}+{key_id.hex()}+{proof_vectors.b64(public)}",
        "text": text,
        "time": at_s,
        "message": (
            b"subtree/v1\n\x00" + name + struct.pack(">Q", at_s) + name + struct.pack(">QQ", 0, 8) + root
        ).hex(),
        "signature": signature,
        "note": text + "\n" + proof_vectors.log_line(text) + line,
    }


if __name__ == "__main__":
    proof_vectors.keep(ml_dsa_44)
