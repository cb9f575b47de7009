-- Only a session in template1 can create objects there, so the entry of an object is changed.
-- expect: ok
create role mallory;
create table orders (id int);
alter table orders owner to mallory;
-- expect: ok
update pg_shdepend set dbid = (select oid from pg_database where datname = 'template1')
where refobjid = (select oid from pg_authid where rolname = 'mallory');
-- expect: warning mallory
update pg_shdepend set dbid = (select oid from pg_database where datname = current_database())
where refobjid = (select oid from pg_authid where rolname = 'mallory');
drop owned by mallory;
drop role mallory;
-- expect: ok
