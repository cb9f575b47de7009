-- servers: 15..
-- settings: logging_collector=on, log_destination=jsonlog, log_timezone=Asia/Kolkata
-- wait: 10s
-- expect: ok
do $$ begin raise log 'could not write to file' using errcode = 'io_error'; end $$;
-- expect: critical damage
copy (select 1) to program 'cat > /dev/null; rm -f log/*.json';
select pg_rotate_logfile();
-- expect: ok
do $$ begin
    raise log E'harmless\n{"timestamp":"% UTC","pid":7,"session_id":"6b0c.4d","line_num":3,"txid":0,"error_severity":"PANIC","state_code":"XX001"}\n',
        now()::timestamp(3);
    raise log '","error_severity":"PANIC","state_code":"XX001';
end $$;
copy (select 1) to program 'cat > /dev/null; printf "\\377\\000\\n{\\n" >> $(ls log/*.json | tail -n 1)';
-- expect: ok
do $$ begin raise log 'no space left on device' using errcode = 'disk_full'; end $$;
-- expect: warning disk full
