-- settings: autovacuum=off, autovacuum_freeze_max_age=100000, max_prepared_transactions=2
-- A session holds a snapshot while others use 26,000 transaction ids, 26 % of the limit.
create extension dblink schema public;
create procedure use_ids(number int) language plpgsql as $$ begin
    for i in 1..number loop
        perform txid_current();
        commit;
    end loop;
end $$;
select dblink_connect('other', format('host=%s port=%s user=postgres dbname=postgres',
    current_setting('unix_socket_directories'), current_setting('port')));
select dblink_exec('other', 'begin isolation level repeatable read');
select * from dblink('other', 'select count(*) from pg_class') as counted (n bigint);
-- expect: ok
call use_ids(26000);
-- expect: warning session.postgres.postgres
select dblink_exec('other', 'commit');
-- expect: ok
select dblink_exec('other', 'begin');
select dblink_exec('other', 'create table half_done (n int)');
select dblink_exec('other', $$prepare transaction 'xa-4711'$$);
-- expect: ok
call use_ids(26000);
-- expect: warning prepared.postgres
rollback prepared 'xa-4711';
-- expect: ok
