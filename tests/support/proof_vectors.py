"""Writes the vectors of the proof formats from the definitions: `python -m support.proof_vectors`, then read the diff.

It uses none of the product's own code, so that a vector is a second opinion and not an echo.
"""

import base64
import json
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support import plain_tree

FOLDER = Path(__file__).parent.parent / "vectors"
SIZES = 64
DASH = "\u2014"
LOG, WITNESSES = "log.example/org/1", ("w1.example", "w2.example", "w3.example")
Writer = Callable[[], dict[str, Any]]


def secret(name: str) -> Ed25519PrivateKey:
    """Return the key of a name: its seed is the SHA-256 of the name, and so no secret at all."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def vkey(name: str, algorithm: int) -> str:
    return f"{name}+{_key_id(name, algorithm).hex()}+{b64(_public(name, algorithm))}"


def log_line(text: str, name: str = LOG) -> str:
    return f"{DASH} {name} {b64(_key_id(name, 1) + secret(name).sign(text.encode()))}\n"


def witness_line(text: str, name: str, at_s: int) -> str:
    signed = secret(name).sign(f"cosignature/v1\ntime {at_s}\n{text}".encode())
    return f"{DASH} {name} {b64(_key_id(name, 4) + struct.pack('>Q', at_s) + signed)}\n"


def checkpoint_text(size: int, origin: str = LOG) -> str:
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.entries(size)]
    return f"{origin}\n{size}\n{b64(plain_tree.tree_hash(leaves))}\n"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def merkle_trees() -> dict[str, Any]:
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.entries(SIZES)]
    table: dict[bytes, int] = {}

    def listed(hashes: list[bytes]) -> list[int]:
        return [table.setdefault(one, len(table)) for one in hashes]

    sizes = range(1, SIZES + 1)
    paths = [[m, n, listed(plain_tree.path(m, leaves[:n]))] for n in sizes for m in range(n)]
    proofs = [[m, n, listed(plain_tree.proof(m, leaves[:n]))] for n in sizes for m in range(1, n + 1)]
    return {
        "description": "RFC 6962 with SHA-256. `roots[n]` is the root of the first n entries. A proof is "
        "[index or older size, size, numbers of its hashes in `hashes`].",
        "entries": [entry.hex() for entry in plain_tree.entries(SIZES)],
        "leaf_hashes": [one.hex() for one in leaves],
        "roots": [plain_tree.tree_hash(leaves[:n]).hex() for n in range(SIZES + 1)],
        "hashes": [one.hex() for one in table],
        "inclusion": paths,
        "consistency": proofs,
    }


def compact_ranges() -> dict[str, Any]:
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.entries(SIZES)]

    def nodes(size: int) -> str:
        found, low = b"", 0
        while low < size:
            width = 1 << ((size - low).bit_length() - 1)
            found += plain_tree.tree_hash(leaves[low : low + width])
            low += width
        return found.hex()

    return {
        "description": "The complete subtrees of the first n entries of merkle_trees.json, their roots one after "
        "the other from the largest to the smallest.",
        "ranges": {str(size): nodes(size) for size in (0, 1, 2, 3, 5, 7, 8, 21, 63, 64)},
    }


def signed_notes() -> dict[str, Any]:
    text = checkpoint_text(5)
    strange = log_line(text, "stranger.example")
    whole = text + "\n" + log_line(text)
    signature = log_line(text).split()[-1]
    spare = signature[:-2] + chr(ord(signature[-2]) + 1) + "="  # another spelling of the same bytes
    return {
        "description": "C2SP signed-note. `known` are verifier keys; `signed_by` are the names that verify. Seeds "
        "of our own keys are the SHA-256 of their names.",
        "published": {
            "vkey": "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "text": "This is an example message.\n",
            "signature": "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
            "IneyaQM=",
        },
        "keys": {name: vkey(name, 1) for name in (LOG, "stranger.example", "ключ.example")},
        "valid": [
            {"known": [vkey(LOG, 1)], "note": whole, "signed_by": [LOG]},
            {"known": [vkey(LOG, 1)], "note": text + "\n" + strange + log_line(text), "signed_by": [LOG]},
            {"known": [vkey(LOG, 1)], "note": text + "\n" + strange * 40 + log_line(text), "signed_by": [LOG]},
            {
                "known": [vkey("ключ.example", 1)],
                "note": "a\n\nb ✓\n\n" + log_line("a\n\nb ✓\n", "ключ.example"),
                "signed_by": ["ключ.example"],
            },
        ],
        "refused": [
            {"why": "no known key", "known": [vkey("stranger.example", 1)], "note": whole},
            {"why": "known key, other text", "known": [vkey(LOG, 1)], "note": "x" + whole},
            {
                "why": "one known key holds, another does not",
                "known": [vkey(LOG, 1), vkey("stranger.example", 1)],
                "note": whole + log_line("other\n", "stranger.example"),
            },
            {"why": "no final newline", "known": [vkey(LOG, 1)], "note": whole[:-1]},
            {"why": "no signature", "known": [vkey(LOG, 1)], "note": text + "\n"},
            {"why": "no empty line", "known": [vkey(LOG, 1)], "note": text + log_line(text)},
            {"why": "hyphen for dash", "known": [vkey(LOG, 1)], "note": whole.replace(DASH, "-")},
            {"why": "spare bits of base64", "known": [vkey(LOG, 1)], "note": whole.replace(signature, spare)},
            {"why": "two spaces", "known": [vkey(LOG, 1)], "note": whole.replace(f"{DASH} ", f"{DASH}  ")},
            {"why": "control character", "known": [vkey(LOG, 1)], "note": "\t" + whole},
            {"why": "line after the signatures", "known": [vkey(LOG, 1)], "note": whole + "more\n"},
            {"why": "plus in the name", "known": [vkey(LOG, 1)], "note": whole.replace(LOG + " ", LOG + "+ ")},
        ],
        "refused_keys": [
            "", LOG, vkey(LOG, 1)[:-1], vkey(LOG, 1) + "=", vkey("a b", 1), vkey("", 1), vkey(LOG, 6),
            vkey(LOG, 1).replace("+", "+f", 1)[:-1], vkey(LOG, 1).upper(), f"{LOG}+00000000+{b64(_public(LOG, 1))}",
        ],
    }  # fmt: skip


def checkpoints() -> dict[str, Any]:
    text, at_s = checkpoint_text(8), 1_764_374_400
    return {
        "description": "C2SP tlog-checkpoint and tlog-cosignature (0x04, Ed25519) over the eight shared entries.",
        "origin": LOG,
        "size": 8,
        "root": plain_tree.CT_ROOT,
        "text": text,
        "log": vkey(LOG, 1),
        "witness": vkey(WITNESSES[0], 4),
        "time": at_s,
        "cosigned_message": f"cosignature/v1\ntime {at_s}\n{text}",
        "cosignature": witness_line(text, WITNESSES[0], at_s),
        "note": text + "\n" + log_line(text) + witness_line(text, WITNESSES[0], at_s),
        "refused_texts": [
            "", text[:-1], "\n" + text, text + "\n", f"{LOG}\n8\n", text.replace("\n8\n", "\n08\n"),
            text.replace("\n8\n", "\n+8\n"), text.replace("\n8\n", "\n 8\n"), text.replace("\n8\n", "\n-8\n"),
            text.replace("\n8\n", "\n8 \n"), text.replace("\n8\n", "\n٨\n"), text.replace("\n8\n", "\n\n"),
            text.replace("\n8\n", f"\n{2**63}\n"), text.replace("=\n", "\n"), f"{LOG}\n8\n{b64(bytes(31))}\n",
            f"{LOG}\n8\n{b64(bytes(33))}\n", f"{LOG}\n8\n{b64(bytes(32)).replace('A=', 'B=')}\n",
        ],
        "kept_extension": text + "an extension\n",
    }  # fmt: skip


def tiles() -> dict[str, Any]:
    return {
        "description": "C2SP tlog-tiles: paths as [path, level, number, width], those of entry bundles as [path, "
        "number, width]; what is no path; the tiles that a tree has; bundles, and what is none.",
        "tile_paths": [
            ["tile/0/000", 0, 0, 256], ["tile/0/000.p/1", 0, 0, 1], ["tile/0/x001/000", 0, 1000, 256],
            ["tile/0/x001/x234/067", 0, 1_234_067, 256], ["tile/3/x001/x234/067.p/255", 3, 1_234_067, 255],
            ["tile/7/000.p/127", 7, 0, 127], ["tile/1/999", 1, 999, 256],
        ],
        "bundle_paths": [["tile/entries/000", 0, 256], ["tile/entries/x273/000.p/112", 273_000, 112]],
        "refused_paths": [
            "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/00/000",
            "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/", "tile/0/001/000",
            "tile/0/x1/000", "tile/-1/000", "tile/0/000/", "/tile/0/000", "tile/0/..", "tile/8/000",
            "tile/0/\u0660\u0660\u0660",
            "tile/0/000\n", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/entries/0", "tile/entries/000.p/256",
            "tile/entries/x000/000", "tile/entries/000.p/0",
        ],
        "tiles_of": {
            "0": [], "1": ["tile/0/000.p/1"], "256": ["tile/0/000", "tile/1/000.p/1"],
            "513": ["tile/0/000", "tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2"],
        },
        "tiles_of_70000": {"0": [273, 112], "1": [1, 17], "2": [0, 1]},
        "new_tiles": [
            [0, 1, ["tile/0/000.p/1"]], [255, 256, ["tile/0/000", "tile/1/000.p/1"]], [256, 256, []],
            [256, 257, ["tile/0/001.p/1"]], [257, 511, ["tile/0/001.p/255"]],
            [511, 513, ["tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2"]],
        ],
        "bundles": [
            {"entries": ["", "ff", "00" * 300], "bundle": "0000" + "0001ff" + "012c" + "00" * 300},
            {"entries": ["7b7d"], "bundle": "00027b7d"},
        ],
        "refused_bundles": [
            {"width": 1, "bundle": ""}, {"width": 1, "bundle": "00"}, {"width": 1, "bundle": "0001"},
            {"width": 1, "bundle": "0002ff"}, {"width": 1, "bundle": "0001ffff"}, {"width": 1, "bundle": "0001ff00"},
            {"width": 2, "bundle": "0001ff"}, {"width": 1, "bundle": "0001ff0001ff"},
        ],
    }  # fmt: skip


def tlog_proofs() -> dict[str, Any]:
    size, index, at_s = 21, 5, 1_764_374_400
    text = checkpoint_text(size)
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.entries(size)]
    note = text + "\n" + log_line(text) + witness_line(text, WITNESSES[0], at_s)
    hashes = "".join(b64(one) + "\n" for one in plain_tree.path(index, leaves))
    whole = f"c2sp.org/tlog-proof@v1\nextra {b64(b'hint')}\nindex {index}\n{hashes}\n{note}"
    first = checkpoint_text(1)
    return {
        "description": "C2SP tlog-proof of an entry of merkle_trees.json, and the policy that accepts it.",
        "policy": f"log {vkey(LOG, 1)}\nwitness w {vkey(WITNESSES[0], 4)}\nquorum w\n",
        "entry": plain_tree.entries(size)[index].hex(),
        "index": index,
        "size": size,
        "extra": b"hint".hex(),
        "proof": whole,
        "only_leaf": f"c2sp.org/tlog-proof@v1\nindex 0\n\n{first}\n{log_line(first)}"
        + witness_line(first, WITNESSES[0], at_s),
        "refused": [
            whole.replace("@v1", "@v2"), whole.replace("index 5", "index 05"), whole.replace("index 5\n", ""),
            whole.replace("index 5", "index 4"), whole.replace("index 5", "index 21"), whole.replace(hashes, ""),
            whole.replace(hashes, hashes[: 45 * 4]), whole.replace(hashes, hashes + hashes[:45]),
            whole.replace(hashes, hashes + "\n"), whole.replace("extra aGludA==", "extra aGludA"),
            whole.replace(witness_line(text, WITNESSES[0], at_s), ""), whole + "\n", whole[:-1], "\n" + whole,
        ],
    }  # fmt: skip


def policies() -> dict[str, Any]:
    log, (w1, w2, w3) = vkey(LOG, 1), (vkey(name, 4) for name in WITNESSES)
    named = f"log {log} https://log.example/\nwitness a {w1}\nwitness b {w2} https://w2.example/\nwitness c {w3}\n"
    return {
        "description": "C2SP tlog-policy: which witnesses' names satisfy a policy, which do not, what is no policy.",
        "policies": [
            {"policy": f"# none\n\nlog {log}\nquorum none\n", "met": [[]], "unmet": []},
            {"policy": f"{named}quorum b\n", "met": [["b"], ["a", "b"]], "unmet": [[], ["a", "c"]]},
            {
                "policy": f"{named}group g 2 a b c\nquorum g\n",
                "met": [["a", "b"], ["a", "b", "c"]],
                "unmet": [[], ["a"], ["c"]],
            },
            {
                "policy": f" \t{named}group\tg any\t a b\ngroup h all g c\nquorum  h \n",
                "met": [["a", "c"], ["b", "c"]],
                "unmet": [["a", "b"], ["c"]],
            },
        ],
        "refused": [
            "", "quorum none", named, f"{named}quorum d\n", f"{named}quorum a\nquorum a\n",
            f"{named}quorum g\ngroup g any a\n",
            f"{named}group g 0 a\nquorum g\n", f"{named}group g 2 a\nquorum g\n", f"{named}group g 01 a\nquorum g\n",
            f"{named}group g any\nquorum g\n", f"{named}group g any a a\nquorum g\n",
            f"{named}group a any b\nquorum a\n",
            f"{named}group g any none\nquorum g\n", f"{named}group none any a\nquorum none\n",
            f"{named}group g any a\ngroup h any a\nquorum h\n", f"{named}witness d {w1}\nquorum a\n",
            f"{named}log {log}\nquorum a\n", f"log {w1}\nquorum none\n", f"witness a {log}\nquorum a\n",
            f"{named}quorum a b\n", f"{named}trust a\nquorum a\n", f"{named}quorum\r\n", f"{named}Quorum a\n",
        ],
    }  # fmt: skip


def main() -> None:
    for write in (merkle_trees, compact_ranges, signed_notes, checkpoints, tiles, tlog_proofs, policies):
        keep(write)


def keep(write: Writer) -> None:
    """Write the file of vectors that is named after what makes them."""
    (FOLDER / f"{write.__name__}.json").write_text(_in_lines(write()), "utf-8")


def _in_lines(vectors: dict[str, Any]) -> str:
    """Write JSON with a line for each member of a member."""
    members = []
    for name, value in vectors.items():
        if isinstance(value, list):
            text = "[\n" + ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in value) + "\n ]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        members.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _public(name: str, algorithm: int) -> bytes:
    return bytes([algorithm]) + secret(name).public_key().public_bytes_raw()


def _key_id(name: str, algorithm: int) -> bytes:
    return sha256(name.encode() + b"\n" + _public(name, algorithm)).digest()[:4]


if __name__ == "__main__":
    main()
