-- Without a recorded state, a change does not alarm. The objects have every kind of definition.
-- expect: ok
create domain number as int check (value > 0);
create type mood as enum ('good', 'bad');
create function change() returns trigger language plpgsql as 'begin return new; end';
create table orders (id number primary key, mood mood, name text collate "C" not null);
create index on orders (lower(name)) where mood = 'good';
create trigger change before insert on orders for each row execute function change();
create view moods as select mood from orders;
create sequence "Numbers";
-- expect: ok
drop view moods;
drop table orders;
drop sequence "Numbers";
drop function change;
drop type mood;
drop domain number;
-- expect: ok
