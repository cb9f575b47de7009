-- servers: 15..
-- A subscription that was never enabled has no errors. Errors do not alert, as the counters only grow.
-- expect: ok
create subscription orders connection 'host=127.0.0.1 port=1 dbname=app' publication orders with (connect = false);
-- expect: ok
alter subscription orders set (slot_name = none);
drop subscription orders;
-- expect: ok
