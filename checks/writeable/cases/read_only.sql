-- An application that gets this setting cannot write. posemo's check does not overrule it.
-- expect: ok
alter database posemo set default_transaction_read_only = on;
-- expect: critical
alter database posemo reset default_transaction_read_only;
-- expect: ok
alter system set default_transaction_read_only = on;
-- expect: ok
select pg_reload_conf();
-- expect: critical
alter system reset default_transaction_read_only;
-- expect: critical
select pg_reload_conf();
-- expect: ok
