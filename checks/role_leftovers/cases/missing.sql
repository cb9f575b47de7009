-- A dropped role remains the owner of an object after an error of the server or of an administrator.
-- expect: ok
create role keeper;
create table orders (id int);
alter table orders owner to keeper;
-- expect: ok
update pg_shdepend set refobjid = 4000000000 where refobjid = (select oid from pg_authid where rolname = 'keeper');
-- expect: warning 4000000000, ok keeper
update pg_shdepend set refobjid = (select oid from pg_authid where rolname = 'keeper') where refobjid = 4000000000;
drop table orders;
drop role keeper;
-- expect: ok
