-- expect: ok
create role app login;
create function price() returns int language sql as 'select 1';
create function trigger_function() returns trigger language plpgsql as 'begin return new; end';
-- expect: ok
-- A language with the handler of another one, as the packages of Perl and Python are not everywhere.
create language other handler plpgsql_call_handler;
-- expect: warning other
create function run() returns int language other as 'begin return 1; end';
-- expect: warning other
alter function run() owner to app;
-- expect: critical other
drop function run();
drop language "other";
create function copied(text) returns text language internal as 'upper';
-- expect: critical internal
drop function copied(text);
create function hashed(text) returns int language c as '$libdir/citext', 'citext_hash';
-- expect: warning $libdir/citext
update pg_proc set probin = '/tmp/citext.so' where proname = 'hashed';
-- expect: critical /tmp/citext
drop function hashed(text);
update pg_language set lanpltrusted = true where lanname = 'c';
-- expect: critical c
update pg_catalog.pg_language set lanpltrusted = false where lanname = 'c';
drop function price(), trigger_function();
drop role app;
-- expect: ok
