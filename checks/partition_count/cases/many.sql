-- Without thresholds, many partitions and indexes do not alarm.
-- expect: ok
create table events (n int) partition by range (n);
do $$ begin
    for i in 1..100 loop
        execute format('create table events_%s partition of events for values from (%s) to (%s)', i, i, i + 1);
    end loop;
    create table orders (n int);
    for i in 1..10 loop execute 'create index on orders (n)'; end loop;
end $$;
-- expect: ok
drop table events, orders;
-- expect: ok
