SELECT w.name AS setting,
       w.value AS value
FROM (VALUES ('log_destination', current_setting('log_destination')),
             ('logging_collector', current_setting('logging_collector')),
             ('log_file_mode', current_setting('log_file_mode')),
             ('log_rotation_age', current_setting('log_rotation_age')),
             ('log_rotation_size', current_setting('log_rotation_size'))) AS w (name, value)
