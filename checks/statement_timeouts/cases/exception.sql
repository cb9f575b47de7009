-- A value of a role or database does not count for the server.
-- expect: ok statement_timeout
alter role postgres set statement_timeout = '1h';
-- expect: ok statement_timeout
alter role postgres reset statement_timeout;
-- expect: ok statement_timeout
