"""A small database of its own, so that the rules are tried on what no migration changes."""

from functools import cache

from proof.catalog import Catalog, read

_TABLES = """
create schema shop;
create table shop.item (org_id uuid not null, id uuid not null, code text, owner_id uuid, primary key (org_id, id));
create table shop.bin (org_id uuid not null, id uuid not null, item_id uuid, primary key (org_id, id));
create table shop.note (id uuid primary key, words text);
create type shop.basket as (items shop.item []);
create type shop.cart as (words text);
alter type shop.cart add attribute items shop.item [];
create view shop.shelf as
select i.org_id, i.id, b.id as bin_id from shop.item as i inner join shop.bin as b on i.org_id = b.org_id;
create schema tenancy;
create table tenancy.org (org_id uuid not null primary key, code text not null unique);
"""

_ROUTINES = """
create function shop.count_items(p_org_id uuid) returns bigint language sql stable
as $$ select sum(1) from shop.item as i where i.org_id = p_org_id $$;
create function shop.add_item(p_org_id uuid, p_code text) returns uuid language sql
as $$ insert into shop.item (org_id, code) values (p_org_id, p_code) returning id $$;
create function shop.twice(p_n bigint) returns bigint language sql immutable as $$ select p_n * 2 $$;
create function shop.many(p_org_id uuid) returns bigint language sql stable as $$ select 1 $$;
create function shop.many(p_org_id uuid, p_n bigint) returns bigint language sql stable as $$ select 1 $$;
create function tenancy.enter(p_org_id uuid, p_word text) returns table (org_id uuid) language plpgsql
as $$ begin return query select p_org_id; end $$;
create function tenancy.create_org(p_code text) returns setof tenancy.org language sql as $$ select 1 $$;
"""


@cache
def example() -> Catalog:
    return read(iter((_TABLES, _ROUTINES)))
