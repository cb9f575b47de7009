-- Both times are measured in each call.
-- expect: ok
select 1;
-- expect: ok
