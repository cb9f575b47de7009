-- servers: 15..
-- expect: ok
set allow_in_place_tablespaces = on;
-- expect: ok
create tablespace extra location '';
-- expect: ok
create table placed (n int) tablespace extra;
-- expect: ok
drop table placed;
-- expect: ok
drop tablespace extra;
-- expect: ok
