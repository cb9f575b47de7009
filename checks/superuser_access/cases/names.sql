-- expect: ok
create temporary table hba (n numeric, line text);
insert into hba select row_number() over (), l
    from unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n')) as l;
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
create role dba;
create role deep;
create role anna login superuser;
insert into hba values (30, 'host all +dba 10.0.0.0/8 scram-sha-256');
call load();
-- A superuser is a member of each role, but not for these rules.
-- expect: ok
grant dba to deep;
grant deep to anna;
-- expect: critical anna
update hba set line = 'host sameuser anna 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- No database has the name.
-- expect: ok
update hba set line = 'host sameuser all 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: critical postgres
update hba set line = 'host samerole postgres 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: critical postgres
insert into hba values (20, 'host postgres +postgres 10.0.0.0/8 reject'), (21, 'host sameuser all 10.0.0.0/8 reject');
update hba set line = 'host postgres postgres 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: ok
delete from hba where n = 20;
call load();
-- expect: ok
update hba set line = 'host all +deep all reject' where n = 21;
update hba set line = 'host all all 10.0.0.0/8 scram-sha-256' where n = 30;
call load();
-- expect: critical postgres
alter role postgres nologin;
-- expect: ok
alter role postgres login;
delete from hba where n not in (select n from kept);
call load();
drop role anna, deep, dba;
-- expect: ok
