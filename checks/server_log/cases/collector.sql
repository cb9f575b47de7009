-- expect: unknown
select 1;
-- expect: unknown
