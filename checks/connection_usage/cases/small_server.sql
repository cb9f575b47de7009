-- settings: max_connections=5, superuser_reserved_connections=3
-- Ordinary roles may open two connections. The session of this scenario has one of them, the check has the other.
-- expect: critical server
select 1;
-- expect: critical server
