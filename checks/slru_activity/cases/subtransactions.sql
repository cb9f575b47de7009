-- expect: ok
create table saved (n int);
do $$ begin
    for i in 1..100 loop
        begin insert into saved values (i); exception when others then raise; end;
    end loop;
end $$;
-- expect: ok
drop table saved;
-- expect: ok
