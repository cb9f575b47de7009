-- settings: archive_mode=on
-- wait: 60s
-- Archiving is on but not configured, then fails, then works. ALTER SYSTEM cannot run in a transaction, so each block
-- contains one. After three failures the archiver waits for a minute, or for the next switch.
-- expect: warning
alter system set archive_command = 'false';
-- expect: warning
select pg_reload_conf();
create table filling as select generate_series(1, 1000) as n;
select pg_switch_wal();
-- expect: critical
alter system set archive_command = 'true';
-- expect: critical
select pg_reload_conf();
create table filling_again as select generate_series(1, 1000) as n;
select pg_switch_wal();
-- expect: ok
