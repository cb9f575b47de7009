SELECT w.name AS setting,
       w.value AS value
FROM (VALUES ('listen_addresses', current_setting('listen_addresses')),
             ('unix_socket_directories', current_setting('unix_socket_directories')),
             ('unix_socket_permissions', current_setting('unix_socket_permissions')),
             ('bonjour', current_setting('bonjour'))) AS w (name, value)
