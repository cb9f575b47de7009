-- servers: 18..
-- wait: 10s
-- A disk overwrites a page of a table. Temporary servers have checksums from 18 on.
-- expect: ok
create table damaged as select generate_series(1, 1000) as n;
-- expect: ok
-- A full vacuum writes the table to new files without shared buffers.
vacuum full damaged;
-- expect: ok
checkpoint;
do $$ begin
    execute format('copy (select 1) to program %L', format(
        'cat > /dev/null; printf XXXXXXXX | dd of=%s bs=1 seek=4000 conv=notrunc status=none',
        pg_relation_filepath('damaged')));
    begin
        perform count(*) from damaged;
    exception when data_corrupted then null;
    end;
end $$;
-- expect: critical postgres, warning postgres
drop table damaged;
select pg_stat_reset();
-- expect: ok
