-- The publishers do not exist. The subscriptions are created as disabled and marked as enabled by hand, so that no worker
-- starts.
-- expect: ok
set client_min_messages = error;
create subscription orders connection 'host=db1.example dbname=app sslmode=verify-full' publication orders with (connect = false);
-- expect: ok
update pg_subscription set subenabled = true;
-- expect: ok
alter subscription orders connection 'host = db1.example dbname=app sslmode = ''require''';
-- expect: warning postgres.orders
alter subscription orders connection 'host=db1.example dbname=app sslmode=require sslrootcert=/etc/root.crt';
-- expect: ok
alter subscription orders connection 'dbname=app host=db1.example user=sslmode=verify-full';
-- expect: warning postgres.orders
alter subscription orders connection 'host=localhost,127.0.0.1,/tmp dbname=app';
-- expect: ok
alter subscription orders connection 'host=localhost,db1.example dbname=app';
-- expect: warning postgres.orders
alter subscription orders connection 'dbname=app';
-- expect: ok
alter subscription orders connection 'postgresql://app@db1.example/app?sslmode=prefer';
-- expect: warning postgres.orders
alter subscription orders connection 'postgresql://app@localhost:5432,127.0.0.1/app';
-- expect: ok
alter subscription orders connection 'postgresql:///app?host=db1.example&gssencmode=require';
-- expect: ok
alter subscription orders connection 'postgresql://localhost,db1.example/app';
-- expect: warning postgres.orders
alter subscription orders connection 'postgresql:///app?host=db1.example&sslmode=verify-ca';
-- expect: ok
update pg_subscription set subenabled = false;
alter subscription orders set (slot_name = none);
drop subscription orders;
-- expect: ok
