-- servers: 15..
-- wait: 20s
-- The background writer is killed, as by the out-of-memory killer. The session of this scenario ends with all others,
-- so that it can do nothing afterwards. Before 15 the check sees crashes from the second minute on only.
-- expect: ok
select pg_sleep(1);
-- expect: ok
select pg_sleep(1);
do $$ begin
    execute format('copy (select 1) to program %L', format(
        'cat > /dev/null; (sleep 0.2; kill -9 %s) > /dev/null 2>&1 &',
        (select pid from pg_stat_activity where backend_type = 'background writer')));
end $$;
-- expect: warning
