-- expect: ok
select count(*) from pg_class;
-- expect: ok
