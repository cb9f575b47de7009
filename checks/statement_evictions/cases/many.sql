-- servers: 14..
-- settings: shared_preload_libraries=pg_stat_statements, pg_stat_statements.max=100
-- expect: ok
do $$ begin for i in 1 .. 300 loop execute format('select 1 as column_%s', i); end loop; end $$;
-- expect: ok
