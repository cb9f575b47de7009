-- servers: 16..
-- What is inherited from a role does not include what the role can become. With ADMIN, a role can grant itself SET.
-- expect: ok
create role team nologin;
create role app login;
grant pg_read_all_data to team with inherit false, set true;
grant team to app with inherit true, set false;
-- expect: ok
grant team to app with set true;
-- expect: critical app
grant team to app with set false;
grant pg_read_all_data to team with inherit true, set false;
-- expect: critical app
grant team to app with inherit false;
-- expect: ok
grant pg_read_all_data to app with admin true, inherit false, set false;
-- expect: critical app
drop role app, team;
-- expect: ok
-- As posemo install --reserved-connections.
grant pg_use_reserved_connections to posemo with inherit true, set false;
-- expect: ok
grant pg_use_reserved_connections to posemo with set true;
-- expect: warning posemo
revoke pg_use_reserved_connections from posemo;
-- expect: ok
