-- servers: 17..
-- settings: summarize_wal=on
-- wait: 20s
-- expect: ok
create table filling as select n from generate_series(1, 10000) as n;
checkpoint;
-- expect: ok
