-- expect: ok shared_preload_libraries
alter system set krb_caseins_users = on;
-- expect: ok
select pg_reload_conf();
-- expect: warning krb_caseins_users, ok shared_preload_libraries
alter system reset krb_caseins_users;
-- expect: warning krb_caseins_users
alter system set authentication_timeout = '90s';
-- expect: warning krb_caseins_users
select pg_reload_conf();
-- expect: ok authentication_timeout, ok shared_preload_libraries
alter system reset authentication_timeout;
-- expect: ok authentication_timeout
select pg_reload_conf();
-- expect: ok shared_preload_libraries
