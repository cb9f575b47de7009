-- expect: ok
create table orders (id int primary key, price int);
insert into orders values (1, 1);
-- expect: ok
-- A row that is locked before a savepoint and changed after it has a multixact with two members.
do $$ begin
    perform from orders for key share;
    begin
        update orders set price = price + 1;
    exception when others then null;
    end;
end $$;
checkpoint;
do $$ declare c record; begin
    select next_multixact_id::text::bigint as created, next_multi_offset::text::bigint as members into c
    from pg_control_checkpoint();
    if c.created <= 1 or c.members < 2 then raise 'no multixacts: %', c; end if;
end $$;
-- expect: ok
drop table orders;
-- expect: ok
