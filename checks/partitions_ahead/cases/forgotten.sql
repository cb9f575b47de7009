-- A job that no longer creates partitions: the last one ends, then a default partition hides it.
-- expect: ok
create table events (at timestamptz, note text) partition by range (at, note);
do $$ begin
    execute format('create table events_1 partition of events for values from (%L, minvalue) to (%L, minvalue)', now() - interval '60 days', now() - interval '30 days');
    execute format('create table events_2 partition of events for values from (%L, minvalue) to (%L, minvalue)', now() - interval '30 days', now() + interval '20 days');
end $$;
-- expect: ok
drop table events_2;
do $$ begin
    execute format('create table events_2 partition of events for values from (%L, minvalue) to (%L, minvalue)', now() - interval '30 days', now() + interval '5 days');
end $$;
-- expect: warning public.events
drop table events_2;
-- expect: critical public.events
create table events_rest partition of events default;
-- expect: warning public.events
drop table events_rest;
do $$ begin
    execute format('create table events_2 partition of events for values from (%L, minvalue) to (maxvalue, maxvalue)', now() - interval '30 days');
end $$;
-- expect: ok
drop table events;
-- expect: ok
