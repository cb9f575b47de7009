SELECT w.name AS setting,
       w.rule AS rule,
       w.value AS value
FROM (VALUES
    ('debug_print_parse', 'trees', 'on', current_setting('debug_print_parse') = 'on'),
    ('debug_print_rewritten', 'trees', 'on', current_setting('debug_print_rewritten') = 'on'),
    ('debug_print_plan', 'trees', 'on', current_setting('debug_print_plan') = 'on'),
    ('debug_print_raw_parse', 'trees', 'on', current_setting('debug_print_raw_parse', true) = 'on'),
    ('log_statement', 'all_statements', 'all', current_setting('log_statement') = 'all'),
    ('log_min_duration_statement', 'all_statements', '0', current_setting('log_min_duration_statement') = '0'),
    -- It has an effect where statements are logged. Servers before 13 do not have it, and log all values.
    ('log_parameter_max_length', 'values', current_setting('log_parameter_max_length', true),
     current_setting('log_parameter_max_length', true) <> '0'
     AND (current_setting('log_statement') <> 'none'
          OR current_setting('log_duration') = 'on'
          OR current_setting('log_min_duration_statement') <> '-1'
          OR current_setting('log_min_duration_sample', true) <> '-1'
          OR current_setting('log_transaction_sample_rate') <> '0')),
    ('log_parameter_max_length_on_error', 'values', current_setting('log_parameter_max_length_on_error', true),
     current_setting('log_parameter_max_length_on_error', true) <> '0'),
    ('auto_explain.log_parameter_max_length', 'values', current_setting('auto_explain.log_parameter_max_length', true),
     current_setting('auto_explain.log_parameter_max_length', true) <> '0'
     AND current_setting('auto_explain.log_min_duration', true) <> '-1')) AS w (name, rule, value, leaks)
WHERE w.leaks
ORDER BY w.rule <> 'trees', w.name
