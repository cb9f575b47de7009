-- settings: max_prepared_transactions=2, allow_system_table_mods=on
-- A scenario cannot wait for minutes, so in posemo's database the view reports that transactions were prepared two
-- hours earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_prepared_xacts as '
            || regexp_replace(pg_get_viewdef('pg_prepared_xacts'), 'p\.prepared', '\& - interval ''2 h'' AS prepared');
    end $$
$do$);
-- expect: ok
begin;
create table half_done (n int);
prepare transaction 'xa-4711';
-- expect: critical postgres
commit prepared 'xa-4711';
-- expect: ok
