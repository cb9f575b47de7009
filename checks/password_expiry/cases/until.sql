-- expect: ok
create role group_role nologin valid until '2001-01-01';
create role app login valid until 'infinity';
create role other login;
-- expect: ok
do $$ begin execute format('alter role app valid until %L', now() + interval '30 days'); end $$;
-- expect: ok
do $$ begin execute format('alter role app valid until %L', now() + interval '9 days'); end $$;
-- expect: warning app
alter role app valid until '2001-01-01';
-- expect: warning app
alter role app nologin;
-- expect: ok
drop role app, other, group_role;
-- expect: ok
