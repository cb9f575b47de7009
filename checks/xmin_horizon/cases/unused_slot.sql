-- settings: autovacuum=off, autovacuum_freeze_max_age=100000, wal_level=logical
-- The consumer of a logical slot does not come back.
create procedure use_ids(number int) language plpgsql as $$ begin
    for i in 1..number loop
        perform txid_current();
        commit;
    end loop;
end $$;
-- expect: ok
select pg_create_logical_replication_slot('forgotten', 'pgoutput');
-- expect: ok
call use_ids(26000);
-- expect: warning slot.forgotten
select pg_drop_replication_slot('forgotten');
-- expect: ok
