-- settings: allow_system_table_mods=on
-- In posemo's database the view reports that sessions became idle two hours earlier. Without thresholds this is not a
-- problem.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''2 h'' AS state_change');
    end $$
$do$);
-- expect: ok
select 1;
-- expect: ok
