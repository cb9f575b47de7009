-- Reads the average width of columns and their share of NULLs, but no value of a row.
GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_catalog.pg_statistic TO {{ident owner}};
