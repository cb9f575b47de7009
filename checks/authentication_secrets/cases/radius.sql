-- servers: 12..18
-- expect: ok
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba (line) values ('hostssl all anna 10.0.0.0/8 radius radiusservers="192.0.2.1" radiussecrets="x"');
call load();
-- expect: critical hostssl all anna 10.0.0.0/8 radius
update hba set line = 'hostssl all anna 10.0.0.0/8 scram-sha-256' where line like '%radius%';
call load();
-- expect: ok
update hba set line = 'local all anna radius radiusservers="192.0.2.1" radiussecrets="x"' where line like '%anna%';
call load();
-- expect: critical local all anna radius
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
