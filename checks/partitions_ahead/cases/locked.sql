-- While a session changes the partition of now, the check does not wait, and does not call it missing.
-- expect: ok
create table events (at timestamptz) partition by range (at);
do $$ begin
    execute format('create table events_1 partition of events for values from (%L) to (%L)', now() - interval '60 days', now() - interval '30 days');
    execute format('create table events_2 partition of events for values from (%L) to (%L)', now() - interval '30 days', now() + interval '20 days');
end $$;
-- expect: ok
begin;
lock table events_2 in access exclusive mode;
-- expect: ok
rollback;
drop table events_2;
-- expect: critical public.events
drop table events;
-- expect: ok
