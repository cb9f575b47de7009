-- settings: logging_collector=on, log_destination=stderr
-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: unknown
alter system set log_destination = csvlog;
-- expect: unknown
select pg_reload_conf();
-- expect: ok
copy (select 1) to program 'cat > /dev/null; rm -f log/*.csv';
-- expect: unknown
select pg_rotate_logfile();
-- expect: ok
-- A directory outside of the data directory, with a relative and an absolute path.
alter system set log_directory = '../logs';
-- expect: ok
select pg_reload_conf();
-- expect: unknown
create procedure move() language plpgsql as $$ begin
    perform set_config('a.b', regexp_replace(current_setting('data_directory'), '[^/]*$', 'logs'), false);
    execute format('copy (select format(''log_directory = %%L'', %L)) to program %L',
        current_setting('a.b'), format('cat >> %s/postgresql.auto.conf', current_setting('data_directory')));
end $$;
call move();
select pg_reload_conf();
-- expect: ok
do $$ begin raise log 'x' using errcode = 'data_corrupted'; end $$;
-- expect: critical damage
