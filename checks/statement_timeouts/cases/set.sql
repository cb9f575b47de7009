-- expect: ok lock_timeout, ok statement_timeout, ok idle_in_transaction_session_timeout
alter system set idle_in_transaction_session_timeout = '10min';
-- expect: ok lock_timeout, ok statement_timeout
copy (select 'statement_timeout = 1h' || chr(10) || 'Lock_Timeout = 0s') to program 'cat >> postgresql.auto.conf';
-- expect: ok lock_timeout
copy (select 'lock_timeout = 100') to program 'cat >> postgresql.auto.conf';
-- expect: ok
alter system reset all;
-- expect: ok lock_timeout, ok statement_timeout, ok idle_in_transaction_session_timeout
