-- Without an argument, a server without standbys is as expected.
-- expect: ok
select pg_switch_wal();
-- expect: ok
