SELECT 100 * pg_notification_queue_usage() AS used
