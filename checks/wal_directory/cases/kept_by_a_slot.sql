-- settings: max_wal_size=8MB, min_wal_size=2MB, checkpoint_timeout=1d
-- wait: 20s
-- expect: ok
select pg_create_physical_replication_slot('away', true);
-- expect: ok
create table filling (n int);
do $$ begin
    for i in 1..25 loop
        insert into filling values (i);
        perform pg_switch_wal();
    end loop;
end $$;
insert into filling values (6);
-- expect: warning
select pg_drop_replication_slot('away');
checkpoint;
insert into filling values (7);
select pg_switch_wal();
checkpoint;
-- expect: ok
