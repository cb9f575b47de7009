-- The scenario marks the database, as an interrupted DROP DATABASE does. The mark remains until the database is
-- dropped.
-- expect: ok
create database tenant;
-- expect: ok
update pg_database set datconnlimit = -2 where datname = 'tenant';
-- expect: warning tenant
drop database tenant;
-- expect: ok
