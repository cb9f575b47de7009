-- settings: autovacuum_freeze_max_age=100000, autovacuum=off
-- A session that does not end has a temporary table. The scenario writes the age into the system catalog, as 250,000
-- transactions would take too long.
-- expect: ok
create temporary table cart (id int, note text);
-- expect: ok
update pg_class set relfrozenxid = ((txid_current() - 150000 + 4294967296) % 4294967296)::text::xid
where oid = 'cart'::regclass;
-- expect: warning
update pg_class set relfrozenxid = ((txid_current() - 250000 + 4294967296) % 4294967296)::text::xid
where oid = (select c.reltoastrelid from pg_class as c where c.oid = 'cart'::regclass);
-- expect: critical
drop table cart;
-- expect: ok
