-- Sessions over Unix sockets do not cross the network. The scenario's own session is one.
-- expect: ok
select 1;
-- expect: ok
