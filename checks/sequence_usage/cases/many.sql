-- servers: 14..
-- More sequences than the check may lock: those with the most values are not read.
-- expect: ok
create schema many;
do $$ begin for number in 1..1601 loop execute format('create sequence many.s%s maxvalue 10000', number); end loop; end $$;
-- expect: warning many.s1601
alter sequence many.s1601 maxvalue 1000;
select setval('many.s1601', 960);
-- expect: critical many.s1601, warning many.s1600
drop schema many cascade;
-- expect: ok
