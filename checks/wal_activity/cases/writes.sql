-- servers: 14..
-- The counters only grow, so they never alert.
-- expect: ok
create table filling as select n from generate_series(1, 1000) as n;
-- expect: ok
