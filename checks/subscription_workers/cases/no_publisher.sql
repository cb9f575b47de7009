-- The publisher does not exist, so that no worker stays.
-- expect: ok
create subscription orders connection 'host=127.0.0.1 port=1 dbname=app' publication orders with (connect = false);
-- expect: warning postgres.orders
alter subscription orders enable;
-- expect: critical postgres.orders
alter subscription orders disable;
alter subscription orders set (slot_name = none);
drop subscription orders;
-- expect: ok
