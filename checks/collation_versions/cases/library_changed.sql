-- servers: 13..
-- The catalog gets a version as before an update of the library. A collation without an index does not matter.
-- expect: ok
create collation "German" (provider = icu, locale = 'de');
create table customers (name text collate "German");
update pg_collation set collversion = '0.1' where collname = 'German';
-- expect: ok
create index on customers (name, (upper(name)));
-- expect: warning public."German"
reindex table customers;
alter collation "German" refresh version;
-- expect: ok
drop table customers;
drop collation "German";
-- expect: ok
