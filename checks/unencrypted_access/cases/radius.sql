-- expect: ok
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba (line) values ('host all all 10.0.0.0/8 radius radiusservers="192.0.2.1" radiussecrets="x"');
call load();
-- expect: critical host all all 10.0.0.0/8 radius
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
