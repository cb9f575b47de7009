-- servers: 16..
-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba values (30, 'host all /^app_ 10.0.0.0/8 scram-sha-256');
call load();
-- expect: ok
update hba set line = 'host all "/^post",app 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: critical postgres
insert into hba values (20, 'host /^app /gres$ 10.0.0.0/8 reject');
call load();
-- expect: critical postgres
update hba set line = 'host postgres postgres 10.0.0.0/8 scram-sha-256' where n = 30;
update hba set line = 'host /^post /gres$ 10.0.0.0/8 reject' where n = 20;
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
