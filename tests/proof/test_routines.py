"""Every routine and view is proven, and a planted fault in a body is found for its reason."""

import pytest

from proof.allowed import BY_NAME, ENTERING, OF_THE_PLATFORM, OWN_ORG
from proof.catalog import Catalog, product, read
from proof.example import _ROUTINES, _TABLES
from proof.registry import bodies
from proof.routines import judge_routine, judge_view

BODIES = dict(bodies(product()))


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_routine_or_view_reaches_rows_of_its_own_organisation_alone(name: str) -> None:
    assert BODIES[name].is_applied, str(BODIES[name])


def test_what_is_classified_by_name_exists() -> None:
    assert {*BY_NAME, *ENTERING, *OF_THE_PLATFORM, *OWN_ORG} <= set(product().routines)


def plpgsql(
    body: str, *, takes: str = "p_org_id uuid", returns: str = "void", name: str = "shop.planted"
) -> str:
    return f"create function {name}({takes}) returns {returns} language plpgsql as $$ {body} $$;"


def sql(body: str, *, takes: str = "p_org_id uuid", returns: str = "void", name: str = "shop.planted") -> str:
    return f"create function {name}({takes}) returns {returns} language sql as $$ {body} $$;"


_SETTER = "tenancy.set_context"
# What is wrong, the routine, and the code of the finding.
PLANTED = {
    "reads without its organisation": (plpgsql("begin perform from shop.item as i; end"), "unanchored"),
    "reads in a condition": (
        plpgsql("begin if exists (select from shop.item as i) then return; end if; end"),
        "unanchored",
    ),
    "reads in the first value of a variable": (
        plpgsql("declare n bigint := (select sum(1) from shop.item as i); begin return; end"),
        "unanchored",
    ),
    "calls in the first value of a record": (
        plpgsql("declare b shop.basket := shop.count_items(null); begin return; end"),
        "argument",
    ),
    "takes no organisation, and reads": (sql("select i.id from shop.item as i", takes="p_id uuid"), "unanchored"),
    "takes its organisation second": (
        sql("select i.id from shop.item as i where i.org_id = p_org_id", takes="p_id uuid, p_org_id uuid"),
        "unanchored",
    ),
    "changes what holds the organisation": (
        plpgsql("begin p_org_id := gen_random_uuid(); delete from shop.item as i where i.org_id = p_org_id; end"),
        "anchor",
    ),
    "fills what holds the organisation": (
        plpgsql("begin select i.id into p_org_id from shop.item as i where i.org_id = p_org_id; end"),
        "anchor",
    ),
    "declares what holds the organisation again": (
        plpgsql("declare p_org_id uuid; begin delete from shop.item as i where i.org_id = p_org_id; end"),
        "unreadable",
    ),
    "gives a column the organisation's name": (
        sql("select 1 from (select i.id as p_org_id from shop.item as i where i.org_id = p_org_id) as x"),
        "captured",
    ),
    "takes the organisation as text": (
        sql("select i.id from shop.item as i where i.org_id = p_org_id", takes="p_org_id text"),
        "anchor",
    ),
    "copies the organisation, and changes the copy": (
        plpgsql("declare o uuid := p_org_id; begin o := null; delete from shop.item as i where i.org_id = o; end"),
        "unanchored",
    ),
    "copies the organisation into a row": (
        plpgsql("declare o uuid := p_org_id; begin select i.id into o from shop.item as i where i.org_id = o; end"),
        "unanchored",
    ),
    "runs text": (plpgsql("begin execute 'delete from shop.item'; end"), "unreadable"),
    "loops over text": (plpgsql("declare r record; begin for r in execute 'x' loop null; end loop; end"), "unreadable"),
    "opens a cursor": (
        plpgsql("declare c cursor for select i.id from shop.item as i; begin open c; end"),
        "unreadable",
    ),
    "is of another language": (sql("x").replace("language sql", "language plperl"), "unreadable"),
    "makes a row of another organisation": (
        plpgsql("declare i shop.item; begin i := row(p_id, p_id, 'x', null); end", takes="p_org_id uuid, p_id uuid"),
        "row",
    ),
    "makes a row out of text": (
        plpgsql("declare i shop.item; begin i := p_row; end", takes="p_org_id uuid, p_row text"),
        "row",
    ),
    "puts such a row in an array": (
        plpgsql("declare b shop.basket; begin b.items := array[p_row]; end", takes="p_org_id uuid, p_row text"),
        "row",
    ),
    "gathers such rows": (
        plpgsql(
            "declare b shop.item[]; begin b := array(select row(p_id, i.id, i.code, null)::shop.item"
            " from shop.item as i where i.org_id = p_org_id); end",
            takes="p_org_id uuid, p_id uuid",
        ),
        "row",
    ),
    "gathers what is no column": (
        plpgsql("declare b shop.item[]; begin b := array(select p_row); end", takes="p_org_id uuid, p_row text"),
        "row",
    ),
    "gathers rows in what was added to a type": (
        plpgsql("begin return row(null, array[p_row]); end", takes="p_org_id uuid, p_row text", returns="shop.cart"),
        "row",
    ),
    "returns such a row": (plpgsql("begin return row(null, 1); end", returns="shop.item"), "row"),
    "fills a row from columns": (
        plpgsql("declare x shop.item; begin select i.id into x from shop.item as i where i.org_id = p_org_id; end"),
        "row",
    ),
    "moves a row in a variable": (
        plpgsql("declare x shop.item; begin x.org_id := p_id; end", takes="p_org_id uuid, p_id uuid"),
        "org-changed",
    ),
    "hands such a row on": (
        plpgsql("begin perform shop.keep(p_org_id, row(p_id)::shop.item); end", takes="p_org_id uuid, p_id uuid"),
        "row",
    ),
    "writes rows that it did not make": (
        plpgsql("begin insert into shop.item select * from unnest(p_b.items) as i, shop.bin as b; end",
                takes="p_org_id uuid, p_b shop.basket"),
        "insert-columns",
    ),
    "answers a row of another organisation": (
        sql("select row(p_id)::shop.item", takes="p_org_id uuid, p_id uuid", returns="table (i shop.item)"),
        "row",
    ),
    "enters, and answers another organisation": (
        plpgsql("begin return query select p_id; end", name="tenancy.enter", takes="p_org_id uuid, p_id uuid",
                returns="table (org_id uuid)"),
        "entering",
    ),
    "enters, and answers row by row": (
        plpgsql("begin org_id := null; return next; end", name="tenancy.enter", returns="table (org_id uuid)"),
        "entering",
    ),
    "sets the context of another organisation": (
        sql("select set_config('velaurum.org', p_id::text, true)", takes="p_org_id uuid, p_id uuid", name=_SETTER),
        "argument",
    ),
    "sets another setting": (
        sql("select set_config('row_security', 'off', true)", name=_SETTER),
        "function",
    ),
    "is a trigger that reads by id alone": (
        plpgsql("begin delete from shop.bin as b where b.item_id = new.id; end", takes="", returns="trigger"),
        "unanchored",
    ),
    "is a trigger that changes its row's organisation": (
        plpgsql("begin new.org_id := old.id; return new; end", takes="", returns="trigger"),
        "anchor",
    ),
    "gets what holds the organisation from the server": (
        plpgsql("begin get stacked diagnostics p_org_id = message_text; end"),
        "anchor",
    ),
    "is one of two of its name": (
        "create function shop.planted(p_org_id uuid, p_n bigint) returns void language sql as $$ select 1 $$;"
        + sql("select 1"),
        "overloaded",
    ),
}  # fmt: skip
_KEEP = (
    "create function shop.keep(p_org_id uuid, p_item shop.item) returns void language sql as $$ select 1 $$;"
)


def with_planted(script: str) -> Catalog:
    return read(iter((_TABLES, _ROUTINES, _KEEP, script)))


@pytest.mark.parametrize(("script", "code"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_for_its_reason(script: str, code: str) -> None:
    catalog = with_planted(script)
    name = script.removeprefix("create function ").partition("(")[0]

    verdict = judge_routine(catalog.routines[name], catalog)

    assert code in verdict.codes, verdict


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (sql("select a.name from platform.administrator as a", takes="p_id uuid"), "platform"),
        (
            sql("select i.id from shop.item as i", takes="p_id uuid", name="platform.living_administrator"),
            "unanchored",
        ),
        (
            sql("select a.name from platform.administrator as a", name="platform.living_administrator"),
            "platform",
        ),
    ],
    ids=["is not on the list", "reads a tenant's table", "takes an organisation"],
)
def test_what_reads_of_the_platform_is_on_a_list_and_reads_nothing_else(script: str, code: str) -> None:
    catalog = with_planted(script)
    name = script.removeprefix("create function ").partition("(")[0]

    assert judge_routine(catalog.routines[name], catalog).codes == {code}


VIEWS = {
    "joins by id alone": (
        "select i.org_id, b.id from shop.item as i inner join shop.bin as b on b.item_id = i.id",
        "unanchored",
    ),
    "does not show org_id": (
        "select b.id from shop.item as i inner join shop.bin as b on b.org_id = i.org_id",
        "view",
    ),
    "shows the organisation of a literal": ("select '0'::uuid as org_id, i.id from shop.item as i", "view"),
}


@pytest.mark.parametrize(("query", "code"), VIEWS.values(), ids=VIEWS)
def test_a_view_that_mixes_organisations_is_found(query: str, code: str) -> None:
    catalog = with_planted(f"create view shop.planted as {query};")

    verdict = judge_view("shop.planted", catalog)

    assert code in verdict.codes, verdict


def test_a_trigger_works_for_the_organisation_of_its_row() -> None:
    body = "begin new.code := 'x'; delete from shop.bin as b where b.org_id = new.org_id; return new; end"
    catalog = with_planted(plpgsql(body, takes="", returns="trigger"))

    verdict = judge_routine(catalog.routines["shop.planted"], catalog)

    assert verdict.is_applied, verdict


def test_a_copy_of_the_organisation_is_the_organisation() -> None:
    body = (
        "declare o uuid := new.org_id; begin delete from shop.bin as b where b.org_id = o; return null; end"
    )
    catalog = with_planted(plpgsql(body, takes="", returns="trigger"))

    verdict = judge_routine(catalog.routines["shop.planted"], catalog)

    assert verdict.is_applied, verdict


def test_rows_that_were_made_here_may_be_written_whole() -> None:
    catalog = with_planted(
        plpgsql(
            "declare b shop.basket; x shop.item; begin x := row(p_org_id, null, 'a', null); b.items[1] := x;"
            " b := row(b.items); insert into shop.item select * from unnest(b.items) as i where i.code is not null; end"
        )
    )

    verdict = judge_routine(catalog.routines["shop.planted"], catalog)

    assert verdict.is_applied, verdict
