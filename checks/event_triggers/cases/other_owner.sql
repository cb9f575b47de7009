-- expect: ok
create role mallory;
create function log_ddl() returns event_trigger language plpgsql as $$ begin end $$;
alter function log_ddl() owner to mallory;
create event trigger log_ddl on ddl_command_end execute function log_ddl();
-- expect: critical log_ddl
alter event trigger log_ddl disable;
-- expect: ok log_ddl
alter function log_ddl() owner to current_user;
alter event trigger log_ddl enable;
-- expect: ok log_ddl
drop event trigger log_ddl;
drop function log_ddl();
drop role mallory;
-- expect: ok
