-- name: list_page
-- cross-org: what a unit is says the product, to every organisation alike.
select u.code, u.name, u.dimension, u.numerator::text as numerator, u.denominator::text as denominator
from catalog.units() as u
where u.code > %(after)s
order by u.code
limit %(limit)s;
