-- expect: ok
set application_name = 'shop';
-- expect: ok
