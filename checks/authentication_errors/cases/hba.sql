-- expect: ok
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba (line) values ('host all all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: ok
insert into hba (line) values ('host all all 10.0.0.0/8 scram_sha_256');
call load();
-- expect: critical
select line_number, error from pg_hba_file_rules where error is not null;
delete from hba where line like '%scram_sha_256';
call load();
-- expect: ok
insert into hba (line) values ('hostssl all all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: warning
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
