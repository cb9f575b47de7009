-- The superuser's session counts for the database: 10 % of a limit of 10. Smaller limits are not watched, and 0 prevents
-- all connections to the database.
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
