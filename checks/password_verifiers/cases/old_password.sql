-- Roles that may not log in and roles without a password do not count. The MD5 verifier is given, so that the scenario
-- does not depend on password_encryption.
-- expect: ok
create role archive nologin password 'md5bb7b7bf0d1e4b47b0b8b1d0b8a9b5a4c';
create role peer login;
-- expect: ok
create role legacy login password 'md5bb7b7bf0d1e4b47b0b8b1d0b8a9b5a4c';
-- expect: warning
set password_encryption = 'scram-sha-256';
alter role legacy password 'changed today';
-- expect: ok
update pg_authid set rolpassword = 'in the open' where rolname = 'legacy';
-- expect: critical
drop role archive, peer, legacy;
-- expect: ok
