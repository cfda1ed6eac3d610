-- Units of measure that the product knows: codes of UN/CEFACT Recommendation 20 with exact factors, as fractions of
-- whole numbers. They are routines and no table, so that what a kilogram is belongs to the definition that the database
-- is verified against. A code that is not here is as good: it converts by the packs of an item alone.


-- In pieces.
create or replace function catalog.units_of_count()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('C62', 'one', 1, 1),
    ('EA', 'each', 1, 1),
    ('H87', 'piece', 1, 1),
    ('NAR', 'number of articles', 1, 1),
    ('PR', 'pair', 2, 1),
    ('DZN', 'dozen', 12, 1),
    ('DPC', 'dozen piece', 12, 1),
    ('SCO', 'score', 20, 1),
    ('DPR', 'dozen pair', 24, 1),
    ('CEN', 'hundred', 100, 1),
    ('GRO', 'gross', 144, 1),
    ('MIL', 'thousand', 1000, 1),
    ('T3', 'thousand piece', 1000, 1),
    ('GGR', 'great gross', 1728, 1),
    ('MIO', 'million', 1000000, 1)
$$;

-- In kilograms.
create or replace function catalog.units_of_mass()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('KGM', 'kilogram', 1, 1),
    ('MC', 'microgram', 1, 1000000000),
    ('MGM', 'milligram', 1, 1000000),
    ('CGM', 'centigram', 1, 100000),
    ('DG', 'decigram', 1, 10000),
    ('GRM', 'gram', 1, 1000),
    ('DJ', 'decagram', 1, 100),
    ('HGM', 'hectogram', 1, 10),
    ('DTN', 'decitonne', 100, 1),
    ('TNE', 'tonne (metric ton)', 1000, 1),
    ('KTN', 'kilotonne', 1000000, 1),
    ('CTM', 'metric carat', 1, 5000),
    ('GRN', 'grain', 6479891, 100000000000),
    ('ONZ', 'ounce (avoirdupois)', 45359237, 1600000000),
    ('LBR', 'pound', 45359237, 100000000),
    ('STI', 'stone (UK)', 317514659, 50000000),
    ('CWA', 'hundred pound (cwt) / hundred weight (US)', 45359237, 1000000),
    ('CWI', 'hundred weight (UK)', 317514659, 6250000),
    ('STN', 'ton (US) or short ton (UK/US)', 45359237, 50000),
    ('LTN', 'ton (UK) or long ton (US)', 317514659, 312500),
    ('APZ', 'troy ounce or apothecary ounce', 19439673, 625000000)
$$;

-- In metres.
create or replace function catalog.units_of_length()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('MTR', 'metre', 1, 1),
    ('LM', 'linear metre', 1, 1),
    ('C45', 'nanometre', 1, 1000000000),
    ('4H', 'micrometre (micron)', 1, 1000000),
    ('MMT', 'millimetre', 1, 1000),
    ('CMT', 'centimetre', 1, 100),
    ('DMT', 'decimetre', 1, 10),
    ('A45', 'decametre', 10, 1),
    ('HMT', 'hectometre', 100, 1),
    ('KMT', 'kilometre', 1000, 1),
    ('NMI', 'nautical mile', 1852, 1),
    ('INH', 'inch', 127, 5000),
    ('FOT', 'foot', 381, 1250),
    ('YRD', 'yard', 1143, 1250),
    ('SMI', 'mile (statute mile)', 201168, 125)
$$;

-- In square metres.
create or replace function catalog.units_of_area()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('MTK', 'square metre', 1, 1),
    ('MMK', 'square millimetre', 1, 1000000),
    ('CMK', 'square centimetre', 1, 10000),
    ('DMK', 'square decimetre', 1, 100),
    ('H18', 'square hectometre', 10000, 1),
    ('KMK', 'square kilometre', 1000000, 1),
    ('INK', 'square inch', 16129, 25000000),
    ('FTK', 'square foot', 145161, 1562500),
    ('YDK', 'square yard', 1306449, 1562500),
    ('ACR', 'acre', 316160658, 78125),
    ('MIK', 'square mile (statute mile)', 40468564224, 15625)
$$;

-- In cubic metres.
create or replace function catalog.units_of_volume()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('MTQ', 'cubic metre', 1, 1),
    ('MMQ', 'cubic millimetre', 1, 1000000000),
    ('CMQ', 'cubic centimetre', 1, 1000000),
    ('DMQ', 'cubic decimetre', 1, 1000),
    ('4G', 'microlitre', 1, 1000000000),
    ('MLT', 'millilitre', 1, 1000000),
    ('CLT', 'centilitre', 1, 100000),
    ('DLT', 'decilitre', 1, 10000),
    ('LTR', 'litre', 1, 1000),
    ('HLT', 'hectolitre', 1, 10),
    ('K6', 'kilolitre', 1, 1),
    ('MAL', 'megalitre', 1000, 1),
    ('INQ', 'cubic inch', 2048383, 125000000000),
    ('FTQ', 'cubic foot', 55306341, 1953125000),
    ('YDQ', 'cubic yard', 1493271207, 1953125000),
    ('OZA', 'fluid ounce (US)', 473176473, 16000000000000),
    ('PTL', 'liquid pint (US)', 473176473, 1000000000000),
    ('QTL', 'liquid quart (US)', 473176473, 500000000000),
    ('GLL', 'gallon (US)', 473176473, 125000000000),
    ('BLL', 'barrel (US)', 9936705933, 62500000000),
    ('OZI', 'fluid ounce (UK)', 454609, 16000000000),
    ('PTI', 'pint (UK)', 454609, 800000000),
    ('QTI', 'quart (UK)', 454609, 400000000),
    ('GLI', 'gallon (UK)', 454609, 100000000)
$$;

-- In seconds.
create or replace function catalog.units_of_time()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('SEC', 'second [unit of time]', 1, 1),
    ('C26', 'millisecond', 1, 1000),
    ('MIN', 'minute [unit of time]', 60, 1),
    ('HUR', 'hour', 3600, 1),
    ('DAY', 'day', 86400, 1),
    ('WEE', 'week', 604800, 1)
$$;

-- In joules.
create or replace function catalog.units_of_energy()
returns table (code text, name text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    values
    ('JOU', 'joule', 1, 1),
    ('KJO', 'kilojoule', 1000, 1),
    ('3B', 'megajoule', 1000000, 1),
    ('GV', 'gigajoule', 1000000000, 1),
    ('WHR', 'watt hour', 3600, 1),
    ('KWH', 'kilowatt hour', 3600000, 1),
    ('MWH', 'megawatt hour (1000 kW.h)', 3600000000, 1)
$$;

-- Packagings hold what an item's pack says.
create or replace function catalog.packagings()
returns table (code text, name text)
language sql immutable parallel safe as $$
    values
    ('SET', 'set'),
    ('LR', 'layer'),
    ('RM', 'ream'),
    ('XAM', 'ampoule, non-protected'),
    ('XBA', 'barrel'),
    ('XBG', 'bag'),
    ('XBE', 'bundle'),
    ('XBJ', 'bucket'),
    ('XBO', 'bottle, non-protected, cylindrical'),
    ('XBX', 'box'),
    ('XCA', 'can, rectangular'),
    ('XCR', 'crate'),
    ('XCS', 'case'),
    ('XCT', 'carton'),
    ('XCX', 'can, cylindrical'),
    ('XCY', 'cylinder'),
    ('XDR', 'drum'),
    ('XJR', 'jar'),
    ('XKI', 'kit'),
    ('XPA', 'packet'),
    ('XPK', 'package'),
    ('XPL', 'pail'),
    ('XPU', 'tray'),
    ('XPX', 'pallet'),
    ('XRL', 'reel'),
    ('XRO', 'roll'),
    ('XSA', 'sack'),
    ('XSO', 'spool'),
    ('XST', 'sheet'),
    ('XTB', 'tub'),
    ('XTU', 'tube'),
    ('XWA', 'intermediate bulk container')
$$;

-- All of them. A packaging has no dimension and no factor.
create or replace function catalog.units()
returns table (code text, name text, dimension text, numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    select u.code, u.name, 'count', u.numerator, u.denominator from catalog.units_of_count() as u
    union all
    select u.code, u.name, 'mass', u.numerator, u.denominator from catalog.units_of_mass() as u
    union all
    select u.code, u.name, 'length', u.numerator, u.denominator from catalog.units_of_length() as u
    union all
    select u.code, u.name, 'area', u.numerator, u.denominator from catalog.units_of_area() as u
    union all
    select u.code, u.name, 'volume', u.numerator, u.denominator from catalog.units_of_volume() as u
    union all
    select u.code, u.name, 'time', u.numerator, u.denominator from catalog.units_of_time() as u
    union all
    select u.code, u.name, 'energy', u.numerator, u.denominator from catalog.units_of_energy() as u
    union all
    select p.code, p.name, null, null, null from catalog.packagings() as p
$$;

-- What one of a unit is in another one of the same dimension; no row where they have none in common.
create or replace function catalog.factor_of_units(p_unit text, p_other text)
returns table (numerator numeric, denominator numeric)
language sql immutable parallel safe as $$
    select u.numerator * o.denominator, u.denominator * o.numerator
    from catalog.units() as u inner join catalog.units() as o on u.dimension = o.dimension
    where u.code = p_unit and o.code = p_other
$$;

-- A quantity times a fraction, as a number of the ledger: nine decimals, 19 digits before them. NaN where there is none
-- that is equal. Divided is only what the remainder says divides, so that no digit of the quotient is rounded.
create or replace function catalog.exactly(p_quantity numeric, p_numerator numeric, p_denominator numeric)
returns numeric
language sql immutable strict parallel safe as $$
    select case
        when p_quantity * p_numerator * 1000000000 % p_denominator <> 0
            or p_quantity * p_numerator >= p_denominator * 1e19 then 'NaN'
        else trim_scale(p_quantity * p_numerator * 1000000000 / p_denominator * 0.000000001)
    end
$$;
