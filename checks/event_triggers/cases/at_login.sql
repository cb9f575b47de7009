-- servers: 17..
-- expect: ok
create function welcome() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger welcome on login execute function welcome();
-- expect: warning welcome
alter event trigger welcome disable;
-- expect: ok welcome
drop event trigger welcome;
-- expect: ok
