-- Nothing particular is expected of a server until somebody says so.
-- expect: ok
select pg_is_in_recovery();
-- expect: ok
