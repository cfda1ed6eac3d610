"""The README of an export: how a stranger checks and reads it, without us."""

from velaurum.tenancy.context import OrgId


def text(org: str, org_id: OrgId, size: int, until: str) -> str:
    """Return the page, in Markdown."""
    return _TEXT.format(org=org, org_id=org_id, size=size, until=until)


_TEXT = """# Everything of {org}

This directory has everything that the organisation {org} ({org_id}) owned when its log had {size} entries,
recorded up to {until}. It needs no program of ours to be read: files are UTF-8 text, one JSON object a line
(`.ndjson`), and the same for people as CSV (RFC 4180). The log is in the form of the C2SP specifications.

## Is it whole, and is it true?

    sha256sum --check --quiet SHA256SUMS                 # every file is as it was written
    sha256sum SHA256SUMS                                 # is `sha256sums` in manifest.json, which is signed
    velaurum verify . --policy POLICY --key KEYS         # all of it, offline

`POLICY` names the log's public key, `KEYS` is the installation's key set. Take both from the organisation and not from
here: keys that come along (`policy.txt`, `keys.json`) prove only that nothing broke on the way.

`velaurum verify` checks the signature of the manifest, every file, the log itself (each entry, each hash, the signed
root), and that the tables say what the log says: each movement and each version is its entry, each record is its
newest version, each balance is the sum of the movements.

## What is here

| file | what | vouched for by |
|---|---|---|
| `checkpoint`, `tile/` | the log: entries, hashes, the signed root over all of them | the log's key, witnesses |
| `checkpoints/`, `meta/` | earlier checkpoints; the way into the meta-log, and time stamps | the same |
| `disclosures.jsonl` | notes, descriptions, names of people, each with the salt that opens its commitment | the log |
| `data/movements` | every movement, with its note and its idempotency key | the log; `request_hash` by the manifest |
| `data/history.ndjson` | every version of every record, and who made it | the log; `before`, `after` by the manifest |
| `data/records/` | every record as it was at this size, one file a kind | the log |
| `data/balances` | what was on hand at this size, by lot, serial and status (none: available) | the log |
| `data/decisions.ndjson` | idempotency keys of refusals and of records, with what was decided | the manifest alone |
| `data/accesses.ndjson` | who read and wrote what, up to the instant above | the manifest alone |
| `data/sightings.ndjson` | who was shown whom among others, by day; `event_id` is the access | the manifest alone |
| `data/erasures.ndjson` | who was erased and when, with the signed receipt | the receipts |
| `data/legal-holds.ndjson` | who had to be kept, why, and until when, up to the instant above | the manifest alone |
| `data/restrictions.ndjson` | who was restricted, why, and until when, up to the instant above | the manifest alone |
| `data/shapes.json` | which columns records have, in each shape that they had | the manifest alone |

A record names others by id. Quantities are decimal text, instants are RFC 3339 in UTC. In CSV a text that a spreadsheet
would run as a formula has an apostrophe before it; the NDJSON beside it is exact. What was erased is nowhere, and
neither is a note of whom `data/restrictions.ndjson` has as restricted: it is kept where this comes from.
A file that would have nothing in it is not there.

## What is not here

Passwords, hashes of tokens, passkeys, second factors, sessions, signing keys of webhooks, and keys of the installation,
those among them that sealed notes: notes are here in plain. The records say that there were such, when, and of whom;
of wrapping keys, which stay with their providers, what they are called there.
Work that was under way (jobs, messages, deliveries of webhooks) is the installation's, and so are its reminders.
"""
