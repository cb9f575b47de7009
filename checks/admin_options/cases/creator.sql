-- servers: 16..
-- The membership of the creator is left out, until the creator has more than this membership.
-- expect: ok
create role manager login createrole;
set role manager;
create role team nologin;
reset role;
-- expect: ok
grant team to manager with admin true, set true;
-- expect: warning manager
drop role team, manager;
-- expect: ok
