-- settings: fsync=on
-- wait: 10s
-- expect: ok
alter system set zero_damaged_pages = on;
-- expect: ok
select pg_reload_conf();
-- expect: critical zero_damaged_pages
alter system set synchronous_commit = off;
-- expect: critical zero_damaged_pages
alter system reset zero_damaged_pages;
-- expect: critical zero_damaged_pages
select pg_reload_conf();
-- expect: ok
alter system reset all;
-- expect: ok
select pg_reload_conf();
-- expect: ok
