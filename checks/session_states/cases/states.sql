-- expect: ok
begin;
-- expect: ok
commit;
-- expect: ok
