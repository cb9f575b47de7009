-- The session of the scenario is a superuser's, over a Unix socket.
-- expect: ok postgres@[local]
select 1;
-- expect: ok postgres@[local]
