SELECT 'x'::text AS customer
