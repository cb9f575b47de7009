-- posemo and this server have the same clock.
-- expect: ok
select 1;
-- expect: ok
