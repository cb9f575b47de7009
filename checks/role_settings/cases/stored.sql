-- expect: ok
create role app login;
create role "the team";
-- expect: ok
create database shop;
-- expect: ok
alter role app set search_path = app, public;
alter role app set log_statement = 'ddl';
alter role app set password_encryption = 'scram-sha-256';
alter role app set search_path = pg_catalog, app;
-- expect: ok
grant "the team" to app;
alter role app set role = 'the team';
alter role app set row_security = off;
-- expect: ok role, ok row_security
alter database shop set role = 'the team';
-- expect: critical role, ok role, ok row_security
alter role app reset all;
alter database shop reset all;
alter role app in database shop set log_statement = none;
alter role app in database shop set log_min_messages = panic;
alter role app set backslash_quote = on;
-- expect: warning log_statement, warning log_*, warning backslash_quote
alter role app reset all;
alter role app in database shop reset all;
alter role app set search_path = app, pg_catalog;
-- expect: critical search_path
alter role app reset all;
alter database shop set session_replication_role = replica;
-- expect: critical session_replication_role
alter database shop reset all;
alter role app set password_encryption = md5;
-- expect: critical password_encryption
alter role app reset all;
alter role app set session_preload_libraries = auto_explain;
-- expect: critical session_preload_libraries
alter role app reset all;
-- expect: ok
drop database shop;
-- expect: ok
drop role app, "the team";
-- expect: ok
