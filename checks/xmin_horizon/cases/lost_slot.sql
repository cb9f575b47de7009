-- servers: 13..
-- wait: 10s
-- settings: autovacuum=off, autovacuum_freeze_max_age=100000, wal_level=logical, max_slot_wal_keep_size=32MB
-- A slot whose WAL the server has removed still shows its catalog_xmin, and holds nothing back.
create procedure use_ids(number int) language plpgsql as $$ begin
    for i in 1..number loop
        perform txid_current();
        commit;
    end loop;
end $$;
create table filling (line text);
-- expect: ok
select pg_create_logical_replication_slot('forgotten', 'pgoutput');
-- expect: ok
call use_ids(26000);
-- expect: warning slot.forgotten
insert into filling select repeat('x', 1000) from generate_series(1, 40000);
select pg_switch_wal();
checkpoint;
-- expect: ok
