-- servers: 14..
-- Sequences that are descending, with an increment, with a minimum, with CYCLE, unused, temporary, and short.
-- expect: ok
create sequence down increment -1 minvalue -10000 maxvalue -1;
create sequence strides increment 1000 maxvalue 10000000;
create sequence lifted minvalue 1000000 maxvalue 1009999;
create sequence rounds maxvalue 10000 cycle;
create sequence unused minvalue 1 maxvalue 10000 start 1;
create temporary sequence passing maxvalue 10000;
create sequence short maxvalue 99;
select setval('rounds', 10000), setval('passing', 10000), setval('short', 99);
-- expect: ok
select setval('down', -9700);
-- expect: critical public.down
select setval('down', -1), setval('strides', 9999001);
-- expect: critical public.strides
select setval('strides', 1), setval('lifted', 1008100);
-- expect: warning public.lifted
drop sequence down, strides, lifted, rounds, unused, passing, short;
-- expect: ok
