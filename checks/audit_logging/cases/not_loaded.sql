-- The library is not part of PostgreSQL. A value of its setting does not replace it.
-- expect: ok pgaudit
create role loader;
alter role loader set pgaudit.log = 'none';
-- expect: ok pgaudit
drop role loader;
-- expect: ok pgaudit
