-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba values (20, 'host all all 10.20.0.0/16 reject'), (21, 'host all all 10.0.0.0/8 scram-sha-256'),
    (22, 'host replication all 10.0.0.0/8 scram-sha-256'), (23, 'host all all ::/0 scram-sha-256');
call load();
-- expect: ok
-- The reject of one role comes after the rule that accepts all.
insert into hba values (30, 'host all anna 10.0.0.0/8 reject');
call load();
-- expect: warning host all anna 10.0.0.0/8 reject
update hba set n = 19 where n = 30;
call load();
-- expect: ok
insert into hba values (30, 'host app +staff 10.20.30.0/24 md5');
call load();
-- expect: ok host app +staff 10.20.30.0/24 md5
-- A rule for replication is not behind a rule for all databases.
update hba set line = 'host all,replication anna 0.0.0.0/0 reject' where n = 30;
call load();
-- expect: ok
update hba set line = 'host all,replication bert 10.0.0.0/9 reject' where n = 30;
update hba set line = 'host all,replication all 10.0.0.0/8 scram-sha-256' where n = 21;
call load();
-- expect: warning host all,replication bert 10.0.0.0/9 reject, ok host replication all 10.0.0.0/8 scram-sha-256
delete from hba where n not in (select n from kept);
-- A local rule is only behind local rules.
insert into hba values (30, 'host all anna all reject'), (31, 'local all anna reject');
call load();
-- expect: warning local all anna reject
update hba set n = 0 where n = 31;
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
