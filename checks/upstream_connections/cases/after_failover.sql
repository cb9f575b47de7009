-- servers: 13..
-- wait: 10s
-- The primary was a standby before. ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set primary_conninfo = 'host=db2.example user=replicator sslmode=prefer';
-- expect: ok
select pg_reload_conf();
-- expect: ok primary_conninfo
alter system set primary_conninfo = 'host=db2.example user=replicator sslmode=verify-full';
-- expect: ok primary_conninfo
select pg_reload_conf();
-- expect: ok
alter system reset primary_conninfo;
-- expect: ok
select pg_reload_conf();
-- expect: ok
