create table orders (id int);
-- expect: ok
begin;
lock table orders in share row exclusive mode;
-- expect: ok
commit;
-- expect: ok
