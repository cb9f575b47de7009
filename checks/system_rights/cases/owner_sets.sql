-- The roles of posemo's owner sets may have exactly what their sets grant.
-- expect: ok
create role posemo_authid nologin;
grant select (rolname, rolpassword) on pg_authid to posemo_authid;
-- Only posemo gives a role this mark.
-- expect: critical pg_catalog.pg_authid, ok pg_catalog.pg_authid
comment on role posemo_authid is '{"posemo":true}';
-- expect: ok
grant select (rolsuper) on pg_authid to posemo_authid;
-- expect: ok pg_catalog.pg_authid
revoke select (rolsuper) on pg_authid from posemo_authid;
grant execute on function pg_read_file(text) to posemo_authid;
-- expect: critical pg_catalog.pg_read_file(text)
drop owned by posemo_authid;
drop role posemo_authid;
create role posemo_files nologin;
create role posemo_hba nologin;
create role posemo_mappings nologin;
create role posemo_statistics nologin;
create role posemo_subscriptions nologin;
comment on role posemo_files is '{"posemo":true}';
comment on role posemo_hba is '{"posemo":true}';
comment on role posemo_mappings is '{"posemo":true}';
comment on role posemo_statistics is '{"posemo":true}';
comment on role posemo_subscriptions is '{"posemo":true}';
grant select on pg_file_settings to posemo_files;
grant execute on function pg_show_all_file_settings(), pg_stat_file(text) to posemo_files;
grant select on pg_hba_file_rules to posemo_hba;
grant execute on function pg_hba_file_rules() to posemo_hba;
grant select (umuser, umserver, umoptions) on pg_user_mapping to posemo_mappings;
grant select (starelid, staattnum, stainherit, stanullfrac, stawidth) on pg_statistic to posemo_statistics;
grant select (oid, subname, subconninfo) on pg_subscription to posemo_subscriptions;
-- expect: ok
grant execute on function pg_stat_file(text, boolean) to posemo_files;
-- expect: critical pg_catalog.pg_stat_file(text,boolean)
drop owned by posemo_files, posemo_hba, posemo_mappings, posemo_statistics, posemo_subscriptions;
drop role posemo_files, posemo_hba, posemo_mappings, posemo_statistics, posemo_subscriptions;
-- expect: ok
