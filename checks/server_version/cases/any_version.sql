-- Without a setting, each version is as expected.
-- expect: ok
select version();
-- expect: ok
