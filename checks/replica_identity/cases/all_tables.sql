-- settings: wal_level=logical
-- expect: ok
create table log (n int);
create table keyed (n int primary key);
create table whole (n int);
alter table whole replica identity full;
create table late (n int primary key deferrable);
-- expect: ok
create publication everything for all tables;
-- expect: warning public.log, warning public.late
alter publication everything set (publish = 'insert');
-- expect: ok
alter publication everything set (publish = 'insert, delete');
alter table log replica identity nothing;
alter table late replica identity full;
-- expect: warning public.log
alter table log add primary key (n);
-- expect: warning public.log
alter table log replica identity default;
-- expect: ok
create unique index keyed_idx on keyed (n);
alter table keyed replica identity using index keyed_idx;
-- expect: ok
drop index keyed_idx;
-- expect: warning public.keyed
drop publication everything;
-- expect: ok
