-- expect: ok
create database shop;
-- expect: ok shop
grant create on database shop to public;
-- expect: critical shop, ok shop
revoke all on database shop from public;
-- expect: ok
drop database shop;
-- expect: ok
