-- The reload is moved into the past instead of the change: the time of the file is two hours old, and the load is older.
-- A server that just started has loaded its files, so only the quiet states can be provoked.
-- expect: ok
select pg_reload_conf();
-- expect: ok
