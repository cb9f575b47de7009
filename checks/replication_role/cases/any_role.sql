-- Without a setting, both roles are as expected.
-- expect: ok
select pg_is_in_recovery();
-- expect: ok
