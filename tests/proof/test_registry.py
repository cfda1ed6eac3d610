"""The registry is what the build proves, and what the running product reads."""

import importlib
import json

import postgast
import pytest

from proof.catalog import product
from proof.registry import REGISTRY, NotProvenError, entries, statements, text
from proof.tree import parse, written
from velaurum.db.queries import queries

PRODUCT = {one.name: one for one in statements()}


def test_the_registry_is_what_the_proof_says() -> None:
    assert REGISTRY.read_text("utf-8") == text(product()), (
        "the registry is not up to date: run `make registry`"
    )


def test_the_product_reads_the_verdict_of_every_statement() -> None:
    read = {}
    for noun in {name.rpartition(".")[0] for name in PRODUCT}:
        package, _, file = f"velaurum.{noun}".rpartition(".")
        read |= {one.name: one.verdict for one in queries(package, f"{file}.sql").values()}

    assert read == {one["name"]: one["verdict"] for one in json.loads(REGISTRY.read_text("utf-8"))}


def test_a_statement_that_is_neither_proven_nor_exempt_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("proof.exemptions"), "by_statement", dict)

    with pytest.raises(NotProvenError, match=r"audit\.anchors\.anchor: .*unanchored: tenancy\.org"):
        [*entries(product())]


@pytest.mark.parametrize("name", sorted(PRODUCT))
def test_a_statement_survives_the_way_through_its_tree(name: str) -> None:
    parsed = parse(PRODUCT[name].text)

    again = parse(written(parsed))

    assert again.names == parsed.names
    assert postgast.fingerprint(postgast.deparse(again.tree)) == postgast.fingerprint(
        postgast.deparse(parsed.tree)
    )
