-- An interrupted DROP DATABASE leaves a limit of -2, and succeeds when it is repeated.
-- expect: ok
create database "half gone";
-- expect: ok
update pg_database set datconnlimit = -2 where datname = 'half gone';
-- expect: warning half gone
drop database "half gone";
-- expect: ok
