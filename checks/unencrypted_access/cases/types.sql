-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba values (20, 'host all all ::1/128 scram-sha-256'), (21, 'host all all samehost scram-sha-256'),
    (22, 'host all all 10.20.0.0/16 reject'), (23, 'host replication all 10.20.0.0/16 scram-sha-256'),
    (24, 'hostssl all all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: ok
insert into hba values (30, 'host app anna 10.0.0.0/8 scram-sha-256');
call load();
-- expect: warning host app anna 10.0.0.0/8 scram-sha-256
update hba set line = 'hostnogssenc app anna 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: warning hostnogssenc app anna 10.0.0.0/8 scram-sha-256
update hba set line = 'hostnossl app anna db.example.com md5' where n = 30;
call load();
-- expect: warning hostnossl app anna db.example.com md5
-- A reject before the rule refuses clear text. It must be for both families of addresses, as the name can have both.
insert into hba values (25, 'hostnossl all all 0.0.0.0/0 reject');
call load();
-- expect: warning hostnossl app anna db.example.com md5
insert into hba values (26, 'hostnossl app all ::/0 reject');
call load();
-- expect: ok
update hba set line = 'host all,replication anna all md5' where n = 30;
call load();
-- expect: warning host all,replication anna all md5
update hba set line = 'hostssl app anna 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: ok
-- A reject after the rule refuses nothing.
update hba set line = 'host app anna 10.30.0.0/16 scram-sha-256' where n = 30;
update hba set n = n + 10 where n in (25, 26);
call load();
-- expect: warning host app anna 10.30.0.0/16 scram-sha-256
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
