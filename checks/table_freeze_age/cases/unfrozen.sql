-- settings: autovacuum_freeze_max_age=200000, autovacuum=off
-- A table and a TOAST table that vacuum does not reach. The scenario writes the age into the system catalog, as 250,000
-- transactions would take too long.
-- expect: ok
create table kept_back (id int, note text);
insert into kept_back values (1, 'x');
update pg_class set relfrozenxid = ((txid_current() - 250000 + 4294967296) % 4294967296)::text::xid
where oid in (select unnest(array[c.oid, c.reltoastrelid]) from pg_class as c where c.oid = 'kept_back'::regclass);
-- expect: ok
alter table kept_back set (autovacuum_freeze_max_age = 100000);
-- expect: warning public.kept_back
alter table kept_back set (toast.autovacuum_freeze_max_age = 150000, autovacuum_freeze_max_age = 150000);
-- expect: ok
alter table kept_back set (toast.autovacuum_freeze_max_age = 100000);
-- expect: warning public.kept_back toast
vacuum (freeze) kept_back;
-- expect: ok
drop table kept_back;
-- expect: ok
