-- settings: autovacuum_naptime=1s, max_prepared_transactions=1
-- wait: 30s
-- A transaction that is not ended, here a prepared one, has a lock on the table that keeps autovacuum away.
-- expect: ok
-- Before 15, a session sends its statistics at the end of a transaction, but not within 0.5 s after the last time.
create procedure send_statistics() language plpgsql as $$ begin
    if current_setting('server_version_num')::int >= 150000 then perform pg_stat_force_next_flush();
    else perform pg_sleep(0.6);
    end if;
end $$;
create table grown as select generate_series(1, 120000) as n;
analyze grown;
-- expect: ok
begin;
lock table grown in share update exclusive mode;
prepare transaction 'forgotten';
insert into grown select generate_series(1, 120000);
call send_statistics();
-- Autovacuum visits the database each second, and the table becomes overdue after five visits.
-- expect: warning public.grown
rollback prepared 'forgotten';
-- expect: ok
drop table grown;
drop procedure send_statistics();
-- expect: ok
