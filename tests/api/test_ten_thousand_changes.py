"""Reads of a past over HTTP are the same bytes, whatever is recorded afterwards (V-21)."""

from support.api_orgs import ISSUE, RECEIPT, ApiOrg

# Movements come by batches and changes of records one by one: ten thousand entries of the log in all.
BATCHES, ROWS, RENAMES = 9, 1_000, 1_000
READS = ("/items", "/items/BOLT", "/balances", "/balances?group_by=item", "/locations", "/locations/A")


def test_a_past_reads_the_same_before_and_after_ten_thousand_changes(org: ApiOrg) -> None:
    org.item("NUT", attributes={"a": 1})
    org.movement(RECEIPT, quantity="9000")
    present = org.get("/balances").json["as_of"]
    size, stamp = present["log_size"], present["recorded_at"]
    paths = [
        f"{path}{'&' if '?' in path else '?'}{query}"
        for path in (*READS, "/items/BOLT/history", "/movements")
        for query in (f"at_size={size}", f"as_of={stamp}")
    ]
    before = {path: org.get(path) for path in paths}
    assert {reply.status for reply in before.values()} == {200}

    for batch in range(BATCHES):
        rows = [{**ISSUE, "idempotency_key": f"{batch}-{n}"} for n in range(ROWS)]
        reply = org.post("/movements/batch", {"mode": "atomic", "movements": rows}, key="")
        assert {one["status"] for one in reply.json["results"]} == {201}
    for number in range(RENAMES):
        path = ("/items/BOLT", "/locations/A")[number % 2]
        renamed = org.patch(path, {"name": f"n{number}"}, f'"v{1 + number // 2}"')
        assert renamed.status == 200, renamed

    assert org.log_size() == size + 10_000
    assert {path: org.get(path).body for path in paths} == {path: one.body for path, one in before.items()}
    assert (org.on_hand(), org.get("/items/BOLT").json["name"]) == ("0", "n998")
