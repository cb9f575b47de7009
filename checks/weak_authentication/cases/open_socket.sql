-- settings: unix_socket_permissions=0777
-- expect: critical local all all trust, critical local replication all trust
create temporary table hba (n int generated always as identity, line text);
insert into hba (line) select unnest(string_to_array(pg_read_file(current_setting('hba_file')), E'\n'));
create temporary table kept as select * from hba;
create procedure load() language plpgsql as $$ begin
    execute format('copy (select line from hba where line <> '''' order by n) to %L', current_setting('hba_file'));
    perform pg_reload_conf();
end $$;
-- The roles with which posemo works keep their access in the next steps.
update hba set line = 'local all posemo,postgres trust' where line = 'local all all trust';
update hba set line = 'local replication all peer' where line = 'local replication all trust';
insert into hba (line) values ('local all all peer');
call load();
-- expect: critical local all posemo,postgres trust
update hba set line = kept.line from kept where kept.n = hba.n;
delete from hba where n not in (select n from kept);
call load();
-- expect: critical local all all trust, critical local replication all trust
