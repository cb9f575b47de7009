-- wait: 10s
-- An error is found before a reload. A valid value that needs a restart is not an error.
-- expect: ok
copy (select 'work_men = 4MB') to program 'cat >> postgresql.auto.conf';
-- expect: critical work_men
copy (select 'work_mem = much') to program 'cat > postgresql.auto.conf';
-- expect: critical work_mem
copy (select 'max_connections = many') to program 'cat > postgresql.auto.conf';
-- expect: critical max_connections
copy (select 'max_connections = 123') to program 'cat > postgresql.auto.conf';
-- expect: ok
select pg_reload_conf();
-- expect: ok
copy (select 'work_mem 4MB = 5') to program 'cat > postgresql.auto.conf';
-- expect: critical line 1
copy (select 'shared_preload_libraries = auto_explain') to program 'cat > postgresql.auto.conf';
-- expect: ok
copy (select '') to program 'cat > postgresql.auto.conf';
-- expect: ok
