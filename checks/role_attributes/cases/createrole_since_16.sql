-- servers: 16..
-- A member without SET cannot become the role, unless it has ADMIN and can grant SET to itself.
-- expect: ok
create role managers nologin createrole;
create role app login;
grant managers to app with set false;
-- expect: ok
grant managers to app with admin true;
-- expect: warning managers
alter role managers nocreaterole;
-- expect: ok
drop role app, managers;
-- expect: ok
