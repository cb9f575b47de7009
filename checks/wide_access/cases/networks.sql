-- expect: ok
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba (line) values ('host all all ::1/128 scram-sha-256'), ('host app anna 10.0.0.0/8 scram-sha-256'),
    ('host app anna samenet scram-sha-256'), ('host app anna db.example.com scram-sha-256'),
    ('host app anna 2001:db8::/32 scram-sha-256'), ('host all all all reject'),
    ('host all all localhost scram-sha-256');
call load();
-- expect: ok
insert into hba (line) values ('host app anna 0.0.0.0/0 scram-sha-256');
call load();
-- expect: critical host app anna 0.0.0.0/0 scram-sha-256
update hba set line = 'host app anna all md5' where line like '%0.0.0.0/0%';
call load();
-- expect: critical host app anna all md5
update hba set line = 'host app anna ::/0 md5' where line like '%all md5';
call load();
-- expect: critical host app anna ::/0 md5
update hba set line = 'host app anna 10.20.0.0 192.0.0.0 md5' where line like '%md5';
call load();
-- expect: warning host app anna 0.0.0.0/2 md5
update hba set line = 'host app anna 10.20.0.0 255.0.255.0 md5' where line like '%md5';
call load();
-- expect: warning host app anna 10.20.0.0 255.0.255.0 md5
update hba set line = 'host app anna 2001:db8::/31 md5' where line like '%md5';
call load();
-- expect: warning host app anna 2001:db8::/31 md5
update hba set line = 'host all all 10.20.0.0/16 md5' where line like '%md5';
call load();
-- expect: ok host all all 10.20.0.0/16 md5
update hba set line = 'host app "all" 10.20.0.0/16 md5' where line like '%md5';
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
