-- settings: logging_collector=off, log_directory=missing
-- Without the collector, the directory does not exist.
-- expect: ok
select 1;
-- expect: ok
