-- expect: ok
create materialized view sales as select 1 as n;
create materialized view "Sales" as select 1 as n with no data;
-- expect: warning public."Sales"
refresh materialized view "Sales";
-- expect: ok
refresh materialized view sales with no data;
-- expect: warning public.sales
drop materialized view sales, "Sales";
-- expect: ok
