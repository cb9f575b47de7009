-- settings: unix_socket_permissions=0700
-- expect: ok
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
insert into hba (line) values ('host all all 10.0.0.0/8 scram-sha-256'), ('host all all 10.0.0.0/8 reject');
call load();
-- expect: ok
-- Someone who cannot log in allows every login for a moment.
insert into hba (line) values ('host all all 0.0.0.0/0 trust');
call load();
-- expect: critical host all all 0.0.0.0/0 trust
update hba set line = 'host all all 127.0.0.0/8 trust' where line like '%0.0.0.0/0 trust';
call load();
-- expect: critical host all all 127.0.0.0/8 trust
update hba set line = 'host all all localhost trust' where line like '%/8 trust';
call load();
-- expect: critical host all all localhost trust
update hba set line = 'host all all 10.0.0.0 255.0.0.0 password' where line like '%localhost trust';
call load();
-- expect: critical host all all 10.0.0.0/8 password
update hba set line = 'local all all password' where line like 'host%password';
call load();
-- expect: warning local all all password
update hba set line = 'host app,"App two" anna,+staff 2001:db8::/40 md5' where line like '%password';
call load();
-- expect: warning host app,App two anna,+staff 2001:db8::/40 md5
update hba set line = 'host all all ::1/128 md5' where line like '%md5';
call load();
-- expect: ok host all all ::1/128 md5
update hba set line = 'host all all db.example.com ident' where line like '%md5';
call load();
-- expect: critical host all all db.example.com ident
update hba set line = 'hostssl all all 10.2.0.0/16 scram-sha-256' where line like '%ident';
call load();
-- expect: ok
delete from hba where n not in (select n from kept);
call load();
-- expect: ok
