-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
create role "Anna ""A""" login;
create role app login;
insert into hba values (20, 'host all all ::1/128 scram-sha-256'), (21, 'host all all samehost scram-sha-256'),
    (22, 'host all app 10.0.0.0/8 scram-sha-256'), (23, 'host replication all 10.0.0.0/8 scram-sha-256'),
    (24, 'host no_such_database all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: ok
insert into hba values (30, 'host all all 10.0.0.0/8 scram-sha-256');
call load();
-- expect: critical postgres
-- The remedy that the finding prints.
insert into hba values (29, 'host all "postgres" all reject');
call load();
-- expect: ok
alter role "Anna ""A""" superuser;
-- expect: critical Anna "A"
insert into hba values (28, 'host all "Anna ""A""" all reject');
call load();
-- expect: ok
-- In the other order, the reject comes too late.
update hba set n = 40 where n = 29;
call load();
-- expect: critical postgres
-- A reject must cover the network.
update hba set n = 29, line = 'host all postgres 10.0.0.0/9 reject' where n = 40;
call load();
-- expect: critical postgres
update hba set line = 'host all postgres 0.0.0.0/0 reject' where n = 29;
call load();
-- expect: ok
-- A name can have addresses of both families.
update hba set line = 'host all all db.example.com md5' where n = 30;
call load();
-- expect: critical postgres
insert into hba values (27, 'host all postgres ::/0 reject');
call load();
-- expect: ok
-- Only clear text is refused.
update hba set line = 'hostnogssenc all postgres 0.0.0.0/0 reject' where n = 29;
update hba set line = 'hostnogssenc all postgres ::/0 reject' where n = 27;
call load();
-- expect: warning postgres
delete from hba where n not in (select n from kept);
call load();
drop role "Anna ""A""", app;
-- expect: ok
