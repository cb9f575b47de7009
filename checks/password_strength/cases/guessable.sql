-- expect: ok
set password_encryption = 'md5';
create role app login password 'a password that is long';
create role archive nologin password 'archive';
set password_encryption = 'scram-sha-256';
-- The passwords of SCRAM verifiers are not tried.
create role clerk login password 'clerk';
-- expect: ok
set password_encryption = 'md5';
alter role app password 'app';
-- expect: critical
alter role app password 'changeme';
-- expect: critical
set password_encryption = 'scram-sha-256';
alter role app password 'changed today';
-- expect: ok
drop role app, archive, clerk;
-- expect: ok
