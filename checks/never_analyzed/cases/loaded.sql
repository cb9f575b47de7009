-- settings: autovacuum_naptime=1d
-- wait: 15s
-- A table is loaded without autovacuum, and its job does not analyze it.
-- expect: ok
-- Before 15, a session sends its statistics at the end of a transaction, but not within 0.5 s after the last time.
create procedure send_statistics() language plpgsql as $$ begin
    if current_setting('server_version_num')::int >= 150000 then perform pg_stat_force_next_flush();
    else perform pg_sleep(0.6);
    end if;
end $$;
create table staging (n int, note text) with (autovacuum_enabled = off);
insert into staging select n, 'x' from generate_series(1, 120000) as n;
create index on staging (n);
call send_statistics();
-- expect: warning public.staging
alter table staging reset (autovacuum_enabled);
-- expect: ok
alter table staging set (autovacuum_enabled = off);
-- expect: warning public.staging
analyze staging;
-- expect: ok
drop table staging;
drop procedure send_statistics();
-- expect: ok
