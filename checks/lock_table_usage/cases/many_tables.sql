-- settings: max_locks_per_transaction=10, max_connections=20
-- One transaction locks 170 tables, of which the session can keep a few outside of the table: 85 % of 200.
create table a_partition (n int) partition by range (n);
-- expect: ok
do $$ begin
    for i in 1..170 loop
        execute format('create table part_%s partition of a_partition for values from (%s) to (%s)', i, i, i + 1);
        commit;
    end loop;
end $$;
-- expect: ok
begin;
select count(*) from a_partition;
lock table a_partition in share mode;
-- expect: critical
commit;
-- expect: ok
