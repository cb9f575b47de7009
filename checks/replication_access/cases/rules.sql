-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba values (20, 'host replication all 127.0.0.1/32 scram-sha-256'),
    (21, 'host all all 10.0.0.0/8 scram-sha-256'), (22, 'host replication all 10.20.0.0/16 reject');
call load();
-- expect: ok
insert into hba values (30, 'host replication all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: critical host replication all 10.0.0.0/8 scram-sha-256
update hba set line = 'host replication standby 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: critical host replication standby 10.0.0.0/8 scram-sha-256
insert into hba values (23, 'hostnossl replication standby 10.0.0.0/8 reject');
call load();
-- expect: ok
-- A reject of all databases does not match connections for replication.
update hba set line = 'hostnossl all all all reject' where n = 23;
call load();
-- expect: critical host replication standby 10.0.0.0/8 scram-sha-256
update hba set line = 'hostssl replication standby 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
