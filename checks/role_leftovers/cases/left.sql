-- expect: ok
create role keeper;
create role app login;
create role "left ""it" login valid until '2020-01-01';
create table orders (id int);
alter table orders owner to keeper;
grant select on orders to app;
-- expect: ok left "it
grant select on orders to "left ""it";
-- expect: ok left "it
drop owned by "left ""it";
drop role "left ""it";
-- expect: ok
alter role app connection limit 0;
-- expect: ok app
alter role app connection limit -1 nologin;
-- expect: ok app
create role user_of_app login;
grant app to user_of_app;
-- expect: ok
revoke app from user_of_app;
drop role user_of_app;
drop owned by app;
drop role app;
drop table orders;
drop role keeper;
-- expect: ok
