-- servers: 14..
-- wait: 10s
-- Older servers have this value by default, which is a notice there.
-- expect: ok
alter system set password_encryption = 'md5';
-- expect: ok
select pg_reload_conf();
-- expect: warning password_encryption
alter system set password_encryption = 'scram-sha-256';
-- expect: warning
select pg_reload_conf();
-- expect: ok
alter system reset password_encryption;
-- expect: ok
