-- servers: 14..
-- expect: ok
create sequence filling maxvalue 10000;
select setval('filling', 9600);
-- expect: critical public.filling
alter sequence filling maxvalue 100000;
-- expect: ok
drop sequence filling;
-- expect: ok
