-- settings: autovacuum_naptime=1d
-- wait: 15s
-- Autovacuum is on, but does not visit the database. A job replaces all rows of a table again and again.
-- expect: ok
-- Before 15, a session sends its statistics at the end of a transaction, but not within 0.5 s after the last time.
create procedure send_statistics() language plpgsql as $$ begin
    if current_setting('server_version_num')::int >= 150000 then perform pg_stat_force_next_flush();
    else perform pg_sleep(0.6);
    end if;
end $$;
-- expect: ok
create table refreshed as select generate_series(1, 20000) as n;
analyze refreshed;
call send_statistics();
-- expect: ok
delete from refreshed;
insert into refreshed select generate_series(1, 20000);
call send_statistics();
-- expect: warning public.refreshed
alter table refreshed set (autovacuum_enabled = off);
-- expect: ok
alter table refreshed set (autovacuum_enabled = on, autovacuum_vacuum_scale_factor = 0.05);
-- expect: critical public.refreshed
alter table refreshed set (autovacuum_vacuum_scale_factor = 1);
-- expect: ok
alter table refreshed reset (autovacuum_vacuum_scale_factor);
delete from refreshed;
insert into refreshed select generate_series(1, 20000);
delete from refreshed;
insert into refreshed select generate_series(1, 20000);
call send_statistics();
-- expect: critical public.refreshed
vacuum refreshed;
-- expect: ok
drop table refreshed;
drop procedure send_statistics();
-- expect: ok
