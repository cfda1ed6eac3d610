"""Statements that apply the organisation, in every form that the rules know."""

import pytest

from proof.example import example
from proof.judge import judge

GOOD = {
    "a condition at the top": "select i.id from shop.item as i where i.org_id = %(org_id)s and i.code = %(code)s",
    "the parameter on the left, cast": "select i.id from shop.item as i where %(org_id)s::uuid = i.org_id",
    "a chain through an inner join": """
        select i.id from shop.item as i inner join shop.bin as b on i.org_id = b.org_id and b.item_id = i.id
        where b.org_id = %(org_id)s""",
    "a chain through a list of tables": """
        select 1 from shop.item as i, shop.bin as b where i.org_id = b.org_id and i.org_id = %(org_id)s""",
    "an outer join tied on its nullable side": """
        select i.id, b.id from shop.item as i left join shop.bin as b on b.org_id = i.org_id and b.item_id = i.id
        where i.org_id = %(org_id)s""",
    "a right join tied on its nullable side": """
        select i.id from shop.bin as b right join shop.item as i on i.org_id = b.org_id
        where i.org_id = %(org_id)s""",
    "every arm of a union": """
        select i.id from shop.item as i where i.org_id = %(org_id)s
        union all select b.id from shop.bin as b where b.org_id = %(org_id)s order by 1""",
    "a subquery correlated with a tied table": """
        select i.id from shop.item as i where i.org_id = %(org_id)s
        and exists (select from shop.bin as b where b.org_id = i.org_id and b.item_id = i.id)""",
    "a lateral subquery correlated with a tied table": """
        select i.id, l.id from shop.item as i
        left join lateral (select b.id from shop.bin as b where b.org_id = i.org_id limit 1) as l on true
        where i.org_id = %(org_id)s""",
    "a WITH query that hands the organisation on": """
        with page as (select i.org_id, i.id from shop.item as i where i.org_id = %(org_id)s limit 10)
        select b.id from page as p inner join shop.bin as b on b.org_id = p.org_id and b.item_id = p.id""",
    "a union that hands the organisation on": """
        select b.id from (
            select i.org_id from shop.item as i where i.org_id = %(org_id)s
            union select c.org_id from shop.bin as c where c.org_id = %(org_id)s
        ) as u inner join shop.bin as b on u.org_id = b.org_id""",
    "a view": "select s.id from shop.shelf as s where s.org_id = %(org_id)s",
    "a routine": "select shop.twice(shop.count_items(%(org_id)s)) as n",
    "a routine that entering hands its organisation": """
        select a from tenancy.enter(%(org_id)s, 'x') as e cross join lateral shop.add_item(e.org_id, %(code)s) as a""",
    "a routine that reads, for a tied row": """
        select shop.count_items(i.org_id) from shop.item as i where i.org_id = %(org_id)s""",
    "INSERT of values": """
        insert into shop.item (org_id, id, code) values (%(org_id)s, %(id)s, 'a'), (%(org_id)s, %(other)s, 'b')
        on conflict (org_id, id) do update set code = excluded.code returning id""",
    "INSERT of a SELECT": """
        insert into shop.bin (org_id, id) select i.org_id, i.id from shop.item as i where i.org_id = %(org_id)s""",
    "INSERT that leaves conflicts alone": """
        insert into shop.item (org_id, id) values (%(org_id)s, %(id)s) on conflict do nothing""",
    "UPDATE": "update shop.item as i set code = %(code)s where i.org_id = %(org_id)s and i.id = %(id)s",
    "UPDATE from another table": """
        update shop.item as i set code = 'x' from shop.bin as b where b.org_id = i.org_id and b.org_id = %(org_id)s""",
    "DELETE": "delete from shop.item as i where i.org_id = %(org_id)s",
}


@pytest.mark.parametrize("statement", GOOD.values(), ids=GOOD)
def test_a_statement_that_applies_the_organisation_is_proven(statement: str) -> None:
    verdict = judge(statement, example())

    assert verdict.is_applied, verdict
