-- settings: allow_system_table_mods=on
-- A scenario cannot wait for minutes, so in posemo's database the view reports that sessions became idle ten minutes
-- earlier.
create extension dblink schema public;
select dblink_exec(format('host=%s port=%s user=postgres dbname=posemo',
    current_setting('unix_socket_directories'), current_setting('port')), $do$
    do $$ begin
        execute 'create or replace view pg_catalog.pg_stat_activity as ' || regexp_replace(
            pg_get_viewdef('pg_stat_activity'), 's\.state_change', '\& - interval ''10 min'' AS state_change');
    end $$
$do$);
-- An idle session without a transaction, such as that of this scenario, does not count.
-- expect: ok
begin;
create table unfinished (n int);
-- expect: warning postgres.postgres
rollback;
-- A dump with several processes keeps one session idle on purpose.
set application_name = 'pg_dump';
begin;
select 1;
-- expect: ok
rollback;
set application_name = 'shop';
-- expect: ok
begin;
savepoint before_error;
select 1;
-- expect: warning postgres.postgres
commit;
-- expect: ok
