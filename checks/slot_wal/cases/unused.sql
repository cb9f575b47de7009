-- settings: max_wal_size=4MB, min_wal_size=2MB, checkpoint_timeout=1d
-- The first slot was never used, so it keeps no WAL.
-- expect: ok
checkpoint;
select pg_create_physical_replication_slot('never_used');
select pg_create_physical_replication_slot('away', true);
-- expect: ok
create table filling (n int);
do $$ begin
    for i in 1..6 loop
        insert into filling values (i);
        perform pg_switch_wal();
    end loop;
end $$;
-- expect: warning away
do $$ begin
    for i in 1..14 loop
        insert into filling values (i);
        perform pg_switch_wal();
    end loop;
end $$;
-- expect: critical away
select pg_drop_replication_slot('away');
-- expect: ok
select pg_drop_replication_slot('never_used');
-- expect: ok
