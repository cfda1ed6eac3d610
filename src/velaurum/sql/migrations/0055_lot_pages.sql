-- What happened to one lot, or to one serial, is a page of its own, however much happened to others. Movements of
-- neither are in none of these.
create index movement_lot_idx on ledger.movement (org_id, lot_id, log_index) where lot_id is not null;
create index movement_serial_idx on ledger.movement (org_id, serial_id, log_index) where serial_id is not null;
