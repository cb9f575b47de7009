-- The visibility map of a table is restored from an older copy of the file.
-- expect: ok
create table damaged as select generate_series(1, 1000) as n;
create table other as select generate_series(1, 1000) as n;
-- expect: ok
vacuum (freeze) damaged;
-- expect: ok
vacuum (freeze) other;
-- expect: ok
checkpoint;
do $$ begin
    execute format('copy (select 1) to program %L', format(
        'cat > /dev/null; cp %1$s_vm %1$s_kept', pg_relation_filepath('damaged')));
end $$;
delete from damaged where n <= 100;
select pg_truncate_visibility_map('damaged');
do $$ begin
    execute format('copy (select 1) to program %L', format(
        'cat > /dev/null; mv %1$s_kept %1$s_vm', pg_relation_filepath('damaged')));
end $$;
-- expect: critical public.damaged
select pg_truncate_visibility_map('damaged');
-- expect: ok
vacuum damaged;
-- expect: ok
drop table damaged, other;
-- expect: ok
