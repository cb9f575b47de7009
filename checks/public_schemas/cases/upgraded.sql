-- servers: 15..
-- A database of a server before 15 keeps the privilege.
-- expect: ok
grant create on schema public to public;
-- expect: critical public
revoke create on schema public from public;
-- expect: ok
