-- The superuser's own session counts for the database, and makes a tenth of a limit of ten. A limit below
-- that number is small on purpose, and 0 closes the database; neither is watched.
-- expect: ok
alter database postgres connection limit 10;
-- expect: ok
alter database postgres connection limit 1;
-- expect: ok
alter database postgres connection limit -1;
create role "watch me" login connection limit 10;
-- expect: ok
drop role "watch me";
-- expect: ok
