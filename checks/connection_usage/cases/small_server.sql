-- settings: max_connections=5, superuser_reserved_connections=3
-- Ordinary roles may open two connections here. The session that tells this story has one of them, and the
-- check has the other.
-- expect: critical server
select 1;
-- expect: critical server
