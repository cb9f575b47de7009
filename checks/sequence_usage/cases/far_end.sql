-- servers: 14..
-- A short sequence at the end of bigint, where double precision cannot distinguish neighboring values.
-- expect: ok
create sequence far minvalue 9223372036854774000 maxvalue 9223372036854775499;
select setval('far', 9223372036854775050);
-- expect: ok
select setval('far', 9223372036854775250);
-- expect: warning public.far
select setval('far', 9223372036854775450);
-- expect: critical public.far
drop sequence far;
-- expect: ok
