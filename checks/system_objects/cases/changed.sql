-- expect: ok
alter function pg_catalog.upper(text) set work_mem = '4MB';
-- expect: critical pg_catalog.upper(text)
alter function pg_catalog.upper(text) reset all;
alter function pg_catalog.upper(text) security definer;
-- expect: critical pg_catalog.upper(text)
alter function pg_catalog.upper(text) security invoker;
-- expect: ok
create role mallory;
alter view information_schema.tables owner to mallory;
-- expect: critical information_schema.tables
alter view information_schema.tables owner to current_user;
drop role mallory;
-- expect: ok
