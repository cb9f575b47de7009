-- A table with two columns, of which one was added and dropped again and again.
-- expect: ok
create table orders (id int) partition by list (id);
create table orders_1 partition of orders for values in (1);
create procedure again(times int) language plpgsql as $$ begin
    execute (select 'alter table orders ' || string_agg('add c' || n || ' int', ', ') from generate_series(1, times) as n);
    execute (select 'alter table orders ' || string_agg('drop c' || n, ', ') from generate_series(1, times) as n);
end $$;
call again(1000);
-- expect: ok
call again(200);
-- expect: warning public.orders
call again(300);
-- expect: critical public.orders
drop table orders;
drop procedure again;
-- expect: ok
