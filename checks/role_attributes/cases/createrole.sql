-- servers: ..15
-- expect: ok
create role app login createrole;
-- expect: critical app
alter role app nocreaterole;
-- expect: ok
drop role app;
-- expect: ok
