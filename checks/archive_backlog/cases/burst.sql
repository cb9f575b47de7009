-- settings: archive_mode=on, archive_command=false, wal_init_zero=off
-- wait: 60s
-- expect: ok
create table filling (n int);
do $$ begin
    for i in 1..17 loop
        insert into filling values (i);
        perform pg_switch_wal();
    end loop;
end $$;
-- expect: warning
alter system set archive_command = 'true';
-- expect: warning
select pg_reload_conf();
insert into filling values (18);
select pg_switch_wal();
-- expect: ok
