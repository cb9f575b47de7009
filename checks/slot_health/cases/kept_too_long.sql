-- servers: 13..
-- settings: max_slot_wal_keep_size=4MB, checkpoint_timeout=1d
-- wait: 20s
-- A slot without a consumer keeps WAL up to the limit; then a checkpoint invalidates it. The slot that was never used
-- keeps none.
-- expect: ok
checkpoint;
select pg_create_physical_replication_slot('never_used');
select pg_create_physical_replication_slot('standby', true);
-- expect: ok
create table filling (n int);
do $$ begin
    for i in 1..5 loop
        insert into filling values (i);
        perform pg_switch_wal();
    end loop;
end $$;
-- expect: warning standby
insert into filling values (4);
select pg_switch_wal();
checkpoint;
-- expect: critical standby
select pg_drop_replication_slot('standby');
-- expect: ok
select pg_drop_replication_slot('never_used');
-- expect: ok
