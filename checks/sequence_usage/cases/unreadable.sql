-- servers: ..13
-- No role may read all sequences. A sequence without a grant is reported as not readable.
-- expect: ok
create sequence filling maxvalue 10000;
select setval('filling', 9600);
-- expect: warning public.filling
grant select on sequence filling to posemo_sequences;
-- expect: critical public.filling
drop sequence filling;
-- expect: ok
