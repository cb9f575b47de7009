-- expect: ok
do $$ begin
    for i in 1..200 loop
        create temporary table passing (n int);
        drop table passing;
    end loop;
end $$;
-- expect: ok
vacuum pg_catalog.pg_attribute;
-- expect: ok
