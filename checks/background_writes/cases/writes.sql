-- The counters only grow, so they never alert.
-- expect: ok
create table filling as select n from generate_series(1, 10000) as n;
checkpoint;
-- expect: ok
