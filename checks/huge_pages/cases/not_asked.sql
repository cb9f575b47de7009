-- servers: 17..
-- expect: ok
select current_setting('huge_pages_status');
-- expect: ok
