-- The schema public of a server before 15 is a notice.
-- expect: ok
create schema exchange;
grant usage on schema exchange to public;
-- expect: ok
grant create on schema exchange to public;
-- expect: critical exchange
revoke create on schema exchange from public;
-- expect: ok
drop schema exchange;
-- expect: ok
