-- expect: ok
create table staging (n int, note text) with (autovacuum_enabled = false);
create table notes (n int, note text) with (toast.autovacuum_enabled = 0);
-- expect: ok
alter table staging reset (autovacuum_enabled);
drop table notes;
-- expect: ok
drop table staging;
-- expect: ok
