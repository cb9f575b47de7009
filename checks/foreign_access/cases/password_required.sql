-- servers: 13..
-- expect: ok
create role app login;
create extension postgres_fdw;
create server bi foreign data wrapper postgres_fdw options (host '/tmp');
create user mapping for current_user server bi options (password_required 'false');
create user mapping for app server bi options (password_required 'true');
-- expect: ok
alter user mapping for app server bi options (set password_required 'off');
-- expect: critical bi
alter user mapping for "app" server "bi" options (drop password_required);
-- expect: ok
drop extension postgres_fdw cascade;
drop role app;
-- expect: ok
