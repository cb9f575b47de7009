-- expect: ok
create role app login;
create extension postgres_fdw;
create extension file_fdw;
create server here foreign data wrapper postgres_fdw options (host 'localhost,127.0.0.1', dbname 'postgres');
create server socket foreign data wrapper postgres_fdw options (dbname 'postgres');
create server "b""i" foreign data wrapper postgres_fdw options (host 'bi.example', sslmode 'verify-full');
create user mapping for app server "b""i" options (user 'app');
-- expect: ok
alter server "b""i" options (set sslmode 'prefer');
-- expect: warning b"i
alter server "b""i" options (set sslmode 'verify-full');
grant usage on foreign server "b""i" to public;
-- expect: warning b"i
revoke usage on foreign server "b""i" from public;
grant usage on foreign data wrapper postgres_fdw to public;
-- expect: warning postgres_fdw
revoke usage on foreign data wrapper "postgres_fdw" from public;
create user mapping for public server "b""i";
-- expect: critical b"i
drop user mapping for public server "b""i";
alter user mapping for app server "b""i" options (add password 'example');
-- expect: ok b"i
create server log foreign data wrapper file_fdw;
create foreign table lines (line text) server log options (filename '/var/log/example');
-- expect: ok b"i, ok public.lines
create foreign table uptime (line text) server log options (program 'uptime');
-- expect: critical public.uptime, ok b"i, ok public.lines
drop foreign table public.uptime;
-- A wrapper without a validator accepts any option.
create foreign data wrapper own options (secret 'example');
create server web foreign data wrapper own options (api_key 'example');
-- expect: critical own, critical web, ok b"i, ok public.lines
drop foreign data wrapper own cascade;
drop extension postgres_fdw, file_fdw cascade;
drop role app;
-- expect: ok
