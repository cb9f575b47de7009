-- expect: ok
select pg_reload_conf();
-- expect: ok
