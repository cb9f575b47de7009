-- settings: max_connections=5, superuser_reserved_connections=3
-- Ordinary roles may open two connections. The session of this scenario has one of them. The session of the check has the
-- other, and does not count.
-- expect: ok
select 1;
-- expect: ok
