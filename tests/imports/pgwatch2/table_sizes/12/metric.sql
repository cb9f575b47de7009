select (extract(epoch from now()) * 1e9)::int8 as epoch_ns, relname::text as tag_table, seq_scan, n_live_tup
from pg_stat_user_tables;
