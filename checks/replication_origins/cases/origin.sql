-- servers: 14..
-- The position only grows, so it never alerts.
-- expect: ok
select pg_replication_origin_create('other_node');
select pg_replication_origin_advance('other_node', '0/1234567');
-- expect: ok
select pg_replication_origin_drop('other_node');
-- expect: ok
