-- wait: 10s
-- Before 15, a session reports its statistics at most twice a second, and only when it runs something.
-- expect: ok
create table events (n int, note text) partition by range (n);
create table events_1 partition of events for values from (1) to (100);
create table "Rest" partition of events default partition by list (note);
create table rest_1 partition of "Rest" default;
create table regions (region text) partition by list (region);
create table regions_rest partition of regions default;
insert into events values (7, 'seven');
insert into regions values ('north');
-- expect: ok
select pg_sleep(0.6);
insert into events values (200, 'two hundred');
-- expect: warning public."Rest"
select pg_sleep(0.6);
delete from events where n = 200;
-- expect: ok
drop table events, regions;
-- expect: ok
