-- servers: 18..
-- settings: shared_preload_libraries=auto_explain
-- expect: ok auto_explain.so
load 'pg_visibility';
-- expect: ok auto_explain.so
