-- expect: ok
create role mallory login superuser;
-- expect: warning mallory
alter role mallory nologin;
-- expect: ok
drop role mallory;
-- expect: ok
