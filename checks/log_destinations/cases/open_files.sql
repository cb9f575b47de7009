-- settings: logging_collector=on
-- wait: 10s
-- expect: ok
alter system set log_file_mode = '0644';
-- expect: ok
select pg_reload_conf();
-- expect: warning log_file_mode
alter system set log_file_mode = '0600';
-- expect: warning log_file_mode
select pg_reload_conf();
-- expect: ok
