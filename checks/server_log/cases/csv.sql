-- settings: logging_collector=on, log_destination=csvlog, log_timezone=America/St_Johns
-- wait: 10s
-- expect: ok
do $$ begin raise log 'could not read block 3 in file "base/5/1259"' using errcode = 'data_corrupted'; end $$;
-- expect: critical damage
do $$ begin
    raise log 'no space left on device' using errcode = 'disk_full';
    raise log 'out of memory' using errcode = 'out_of_memory';
    raise log 'too many connections for role "app"' using errcode = 'too_many_connections';
end $$;
-- expect: critical damage, warning disk full, warning memory, warning connections
-- The hour passes for these lines.
copy (select 1) to program 'cat > /dev/null; rm -f log/*.csv';
select pg_rotate_logfile();
-- expect: ok
-- A server that stops with PANIC, in English and in Russian, and old lines.
copy (select to_char(now() at time zone current_setting('log_timezone') - t, 'YYYY-MM-DD HH24:MI:SS.MS') || ' NST,,,77,,6b0c.4d,3,,'
      || to_char(now() at time zone current_setting('log_timezone') - t, 'YYYY-MM-DD HH24:MI:SS') || ' NST,,0,' || word
      || ',58P01,"could not locate a valid checkpoint record",,,,,,,,,""'
      from (values (interval '10 min', 'ПАНИКА'), ('2 h', 'PANIC'), ('3 min', 'FATAL')) as l (t, word))
to program 'sed ''s/\\\\\\\\/\\\\/g'' > log/crashed.csv';
-- expect: critical panic
copy (select 1) to program 'cat > /dev/null; rm -f log/crashed.csv';
-- expect: ok
-- Text that looks like records, in a statement that is logged, and bytes that are not UTF-8.
do $$ begin
    raise log E'harmless\n% UTC,"postgres","postgres",7,"[local]",6b0c.4d,1,"SELECT",% UTC,3/1,0,PANIC,XX001,"damage",,,,,,,,,""\n% UTC,,,7,,6b0c.4d,1,,% UTC,,0,PANIC,XX001,',
        now()::timestamp(3), now()::timestamp(0), now()::timestamp(3), now()::timestamp(0);
end $$;
copy (select 1) to program 'cat > /dev/null; printf "\\377\\000\\n\\303\\n" >> $(ls log/*.csv | tail -n 1)';
-- expect: ok
do $$ begin raise log 'index is damaged' using errcode = 'index_corrupted'; end $$;
-- expect: critical damage
