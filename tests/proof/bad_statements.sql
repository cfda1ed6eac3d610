-- Statements that do not apply the organisation. `bad` says what each does, `finds` which finding it was written for:
-- the code, the relation where there is one, and the query level.

-- bad: has no condition
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i

-- bad: compares with another parameter
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id = %(other)s and i.id = %(org_id)s

-- bad: compares with a literal
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id = '018f0000-0000-7000-8000-000000000000'

-- bad: takes the organisation from a list
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id in (%(org_id)s)

-- bad: takes the organisation from an array
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id = any(array[%(org_id)s])

-- bad: says OR
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id = %(org_id)s or i.code = 'x'

-- bad: says NOT
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where not (i.org_id = %(org_id)s)

-- bad: says unequal
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id <> %(org_id)s

-- bad: lets a null parameter mean everybody
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id = coalesce(%(org_id)s, i.org_id)

-- bad: hides the comparison in CASE
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where case when true then i.org_id = %(org_id)s else true end

-- bad: compares without saying whose column
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where org_id = %(org_id)s

-- bad: selects the comparison
-- finds: unanchored of shop.item in statement
select i.org_id = %(org_id)s from shop.item as i

-- bad: compares after grouping
-- finds: unanchored of shop.item in statement
select i.org_id from shop.item as i group by i.org_id having i.org_id = %(org_id)s

-- bad: joins a second table by id alone
-- finds: unanchored of shop.bin in statement
select b.id from shop.item as i inner join shop.bin as b on b.item_id = i.id where i.org_id = %(org_id)s

-- bad: ties the side that an outer join keeps whole
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i left join shop.bin as b on i.org_id = %(org_id)s and b.org_id = %(org_id)s

-- bad: ties the kept side through the nullable one
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i left join shop.bin as b on b.org_id = %(org_id)s and i.org_id = b.org_id

-- bad: ties a full join in its ON
-- finds: unanchored of shop.bin in statement
select i.id from shop.item as i full join shop.bin as b on i.org_id = %(org_id)s and b.org_id = %(org_id)s

-- bad: forgets one arm of a union
-- finds: unanchored of shop.bin in statement > arm 2
select i.id from shop.item as i where i.org_id = %(org_id)s union select b.id from shop.bin as b

-- bad: forgets a WITH query
-- finds: unanchored of shop.bin in statement > with all_of_them
with all_of_them as (select b.id from shop.bin as b) select i.id from shop.item as i where i.org_id = %(org_id)s
and i.id in (select a.id from all_of_them as a)

-- bad: filters what a subquery read of everybody
-- finds: unanchored of shop.item in statement > x
select x.id from (select i.org_id, i.id from shop.item as i limit 9) as x where x.org_id = %(org_id)s

-- bad: forgets a subquery in a condition
-- finds: unanchored of shop.bin in statement > subquery
select i.id from shop.item as i where i.org_id = %(org_id)s and exists (select from shop.bin as b where
b.item_id = i.id)

-- bad: forgets a subquery in its answer
-- finds: unanchored of shop.bin in statement > subquery
select (select b.id from shop.bin as b) from shop.item as i where i.org_id = %(org_id)s

-- bad: forgets a lateral subquery
-- finds: unanchored of shop.bin in statement > l
select l.id from shop.item as i cross join lateral (select b.id from shop.bin as b where b.item_id = i.id) as l
where i.org_id = %(org_id)s

-- bad: counts on one arm of a union for both
-- finds: unanchored of shop.bin in statement
select b.id from (select i.org_id from shop.item as i where i.org_id = %(org_id)s union select %(x)s::uuid) as u
inner join shop.bin as b on u.org_id = b.org_id

-- bad: renames columns
-- finds: renamed of shop.item in statement
select i.id from shop.item as i (id, org_id) where i.org_id = %(org_id)s

-- bad: uses one name for two tables
-- finds: shadowed of shop.bin in statement > subquery
select i.id from shop.item as i where i.org_id = %(org_id)s and exists (select from shop.bin as i)

-- bad: joins with USING
-- finds: join in statement
select i.id from shop.item as i inner join shop.bin as b using (org_id) where i.org_id = %(org_id)s

-- bad: joins naturally
-- finds: join in statement
select i.id from shop.item as i natural join shop.bin as b where i.org_id = %(org_id)s

-- bad: leaves the schema out
-- finds: unqualified of item in statement
select i.id from item as i where i.org_id = %(org_id)s

-- bad: reads a table that nobody classified
-- finds: unclassified of shop.note in statement
select n.words from shop.note as n

-- bad: reads the catalogue of the database
-- finds: unclassified of pg_catalog.pg_class in statement
select c.relname from pg_catalog.pg_class as c

-- bad: reads the platform
-- finds: platform of platform.administrator in statement
select a.id from platform.administrator as a where a.id = %(org_id)s

-- bad: reads the whole directory
-- finds: unanchored of tenancy.org in statement
select o.code from tenancy.org as o

-- bad: recurs
-- finds: recursive in statement
with recursive r as (select i.id from shop.item as i where i.org_id = %(org_id)s union all select r.id from r)
select r.id from r

-- bad: binds nothing
-- finds: not-bound in statement
select 1 where %(org_id)s is not null

-- bad: inserts with org_id elsewhere
-- finds: insert-columns of shop.item in statement
insert into shop.item (id, org_id) values (%(id)s, %(org_id)s)

-- bad: inserts without columns
-- finds: insert-columns of shop.item in statement
insert into shop.item values (%(org_id)s, %(id)s)

-- bad: inserts one row of another organisation
-- finds: insert-values of shop.item in statement
insert into shop.item (org_id, id) values (%(org_id)s, %(id)s), (%(other)s, %(id)s)

-- bad: inserts a SELECT of another organisation
-- finds: insert-values of shop.item in statement
insert into shop.item (org_id, id) select b.id, b.item_id from shop.bin as b where b.org_id = %(org_id)s

-- bad: inserts defaults
-- finds: insert-columns of shop.item in statement
insert into shop.item default values

-- bad: inserts whole rows from anywhere
-- finds: row of shop.item[] in statement > source
insert into shop.item select * from unnest(%(rows)s::shop.item[])

-- bad: makes rows out of JSON
-- finds: row of jsonb_populate_recordset in statement > source
insert into shop.item select * from jsonb_populate_recordset(null::shop.item, %(rows)s)

-- bad: changes a row by JSON
-- finds: row of jsonb_populate_record in statement
select jsonb_populate_record(i, %(json)s) from shop.item as i where i.org_id = %(org_id)s

-- bad: reads a row out of a text
-- finds: row of shop.item in statement
select i.code::shop.item from shop.item as i where i.org_id = %(org_id)s

-- bad: updates on a conflict of another key
-- finds: conflict-target of shop.item in statement
insert into shop.item (org_id, id) values (%(org_id)s, %(id)s) on conflict (id) do update set code = 'x'

-- bad: names the conflict's constraint
-- finds: conflict-target of shop.item in statement
insert into shop.item (org_id, id) values (%(org_id)s, %(id)s) on conflict on constraint item_pkey do update set
code = 'x'

-- bad: moves a row on a conflict
-- finds: org-changed of shop.item in statement
insert into shop.item (org_id, id) values (%(org_id)s, %(id)s) on conflict (org_id, id) do update set org_id =
%(other)s

-- bad: inserts into the platform
-- finds: target of platform.administrator in statement
insert into platform.administrator (id) values (%(org_id)s)

-- bad: writes through a view
-- finds: target of shop.shelf in statement
update shop.shelf as s set id = %(id)s where s.org_id = %(org_id)s

-- bad: updates everybody
-- finds: unanchored of shop.item in statement
update shop.item as i set code = %(org_id)s

-- bad: moves a row
-- finds: org-changed of shop.item in statement
update shop.item as i set org_id = %(other)s where i.org_id = %(org_id)s

-- bad: updates from a table of everybody
-- finds: unanchored of shop.bin in statement
update shop.item as i set code = 'x' from shop.bin as b where b.item_id = i.id and i.org_id = %(org_id)s

-- bad: deletes by id
-- finds: unanchored of shop.item in statement
delete from shop.item as i where i.id = %(org_id)s

-- bad: deletes in a WITH query
-- finds: unanchored of shop.bin in statement > with gone
with gone as (delete from shop.bin as b returning b.id) select i.id from shop.item as i where i.org_id =
%(org_id)s

-- bad: calls a routine for another organisation
-- finds: argument of shop.count_items in statement
select shop.count_items(%(other)s)

-- bad: calls a routine in the order of names
-- finds: syntax in statement
select shop.count_items(p_org_id => %(org_id)s)

-- bad: acts for rows that a filter drops later
-- finds: argument of shop.add_item in statement
select shop.add_item(i.org_id, 'x') from shop.item as i where i.org_id = %(org_id)s

-- bad: enters another organisation
-- finds: argument of shop.add_item in statement
select a from tenancy.enter(%(other)s, 'x') as e cross join lateral shop.add_item(e.org_id, 'x') as a

-- bad: calls a routine that serves everybody
-- finds: routine of tenancy.create_org in statement
select o.code from tenancy.create_org(%(org_id)s::text) as o

-- bad: calls one of two routines of a name
-- finds: function of shop.many in statement
select shop.many(%(org_id)s)

-- bad: calls a function that is not on the list
-- finds: function of query_to_xml in statement
select query_to_xml('select * from shop.item', true, true, '') where %(org_id)s is not null

-- bad: calls a function as if it were a field
-- finds: function of ts_stat in statement
select (%(org_id)s::text).ts_stat

-- bad: calls an operator of a schema
-- finds: function of shop.= in statement
select i.id from shop.item as i where i.org_id = %(org_id)s and i.id operator(shop.=) %(id)s

-- bad: compares with an operator of a schema
-- finds: unanchored of shop.item in statement
select i.id from shop.item as i where i.org_id operator(shop.=) %(org_id)s

-- bad: sets the context
-- finds: function of set_config in statement
select set_config('velaurum.org', %(org_id)s::text, true)

-- bad: is two statements
-- finds: unreadable in statement
select i.id from shop.item as i where i.org_id = %(org_id)s; select i.id from shop.item as i

-- bad: is no SQL
-- finds: unreadable in statement
selekt 1

-- bad: copies
-- finds: statement in statement
copy shop.item to stdout

-- bad: does anything
-- finds: statement in statement
do $$ begin delete from shop.item; end $$

-- bad: truncates
-- finds: statement in statement
truncate shop.item

-- bad: merges
-- finds: statement in statement
merge into shop.item as i using shop.bin as b on i.org_id = %(org_id)s when matched then delete

-- bad: calls a procedure
-- finds: statement in statement
call shop.close(%(org_id)s)

-- bad: samples a table
-- finds: syntax in statement
select i.id from shop.item as i tablesample system (10) where i.org_id = %(org_id)s

-- bad: makes a table
-- finds: syntax in statement
select i.id into shop.mine from shop.item as i where i.org_id = %(org_id)s

-- bad: reads the table of a JSON text
-- finds: syntax in statement
select j.id from json_table(%(org_id)s, '$' columns (id uuid path '$')) as j
