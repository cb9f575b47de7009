-- A role that may not log in does not count, and neither does one without a password. MD5 is given as a
-- verifier made elsewhere, so that it does not matter what the server makes of clear text.
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
