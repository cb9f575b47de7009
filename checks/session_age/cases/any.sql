-- expect: ok
select 1;
-- expect: ok
