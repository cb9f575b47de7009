-- servers: 14..
-- More sequences than the check may lock: those whose tables have the fewest rows in relation to the values are not read.
-- Sequences that the check leaves out need no lock.
-- expect: ok
create schema many;
do $$ begin for number in 1..800 loop execute format('create sequence many.s%s maxvalue 10000', number); end loop; end $$;
do $$ begin for number in 1..300 loop execute format('create sequence many.c%s maxvalue 200 cycle', number); end loop; end $$;
do $$ begin for number in 1..300 loop execute format('create sequence many.f%s maxvalue 50', number); end loop; end $$;
-- expect: ok
create sequence many.last maxvalue 20000;
-- expect: warning
create table many.busy (id serial);
insert into many.busy select from generate_series(1, 1000);
analyze many.busy;
select setval('many.busy_id_seq', 2100000000);
-- expect: critical many.busy_id_seq
drop schema many cascade;
-- expect: ok
