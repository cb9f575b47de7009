-- settings: allow_system_table_mods=on
-- A scenario cannot wait for hours, so in posemo's database the view reports that transactions began five hours
-- earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as '
            || regexp_replace(pg_get_viewdef('pg_stat_activity'), 's\.xact_start', '\& - interval ''5 h'' AS xact_start');
    end $$
$do$);
-- expect: ok
begin;
create table unfinished (n int);
-- expect: warning postgres.postgres
commit;
-- expect: ok
