-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba values (20, 'hostnossl all all 10.0.0.0/8 scram-sha-256'), (30, 'host all all 10.0.0.0/8 md5');
call load();
-- Connections with TLS reach the last rule.
-- expect: ok
insert into hba values (21, 'hostnogssenc all all 0.0.0.0/0 reject');
call load();
-- expect: ok host all all 10.0.0.0/8 md5
-- A name can have addresses of both families.
update hba set line = 'host app anna db.example.com md5' where n = 30;
call load();
-- expect: ok
insert into hba values (22, 'host all all all reject');
call load();
-- expect: ok host app anna db.example.com md5
update hba set line = 'host app anna samehost md5' where n = 30;
update hba set line = 'host all anna,bert samenet md5' where n = 22;
call load();
-- expect: ok host app anna samehost md5
update hba set line = 'host app anna samenet md5' where n = 30;
update hba set line = 'host all anna,bert samehost md5' where n = 22;
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
