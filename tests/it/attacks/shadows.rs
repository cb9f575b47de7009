//! Shadows: objects with the names of the relations, types, functions and operators that posemo's functions use, in a
//! schema of the attacker that is first in the `search_path`.
//!
//! Each of them raises a warning with the current role, which the session and the log receive.

use super::table::Expected::{Refused, SameResults};
use super::table::{APP, Attack, HOME, OWNER, monitor};

/// The schema that the steps below create in.
const TEMPORARY: &str = "SET attack.schema = 'pg_temp'";
const PUBLIC: &str = "SET attack.schema = 'public'";

/// The function that all shadows call.
pub(super) const EVIL: &str = "DO $do$ BEGIN
    EXECUTE format($f$CREATE FUNCTION %I.evil() RETURNS boolean LANGUAGE plpgsql AS
      $e$ BEGIN RAISE WARNING 'evil as %%', current_user; RETURN true; END $e$$f$, current_setting('attack.schema'));
  END $do$";

/// A table with the name and the columns of each relation in a function, filled with empty rows.
pub(super) const RELATIONS: &str = r"DO $do$ DECLARE wanted record; BEGIN
    FOR wanted IN
      SELECT c.relname, string_agg(format('%I %s', a.attname,
          -- A column cannot be anyarray, and so no array of rows that have one, such as pg_statistic[].
          CASE WHEN a.atttypid = 'anyarray'::regtype OR EXISTS (SELECT FROM pg_catalog.pg_type AS t
                 JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem WHERE t.oid = a.atttypid AND e.typtype = 'c')
               THEN 'pg_catalog.text[]' ELSE format_type(a.atttypid, NULL) END), ', ') AS columns
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
          -- No table can have a column with the name of a system column.
          AND a.attname NOT IN ('xmin', 'xmax', 'cmin', 'cmax', 'ctid', 'tableoid')
      WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
        AND c.relname IN (SELECT unnest(string_to_array(current_setting('attack.words'), ' ')))
      GROUP BY c.relname
    LOOP
      EXECUTE format('CREATE TABLE %I.%I (%s)', current_setting('attack.schema'), wanted.relname, wanted.columns);
      EXECUTE format('GRANT SELECT ON %I.%I TO PUBLIC', current_setting('attack.schema'), wanted.relname);
      EXECUTE format('INSERT INTO %I.%I SELECT FROM generate_series(1, 777)', current_setting('attack.schema'), wanted.relname);
    END LOOP;
  END $do$";

/// Operators for the most common operands.
pub(super) const OPERATORS: &str = "DO $do$ DECLARE wanted record; BEGIN
    FOR wanted IN
      SELECT s.symbol, t.type FROM unnest(ARRAY['=', '<>', '<', '>', '~', '~~']) AS s(symbol),
        unnest(ARRAY['text', 'name', 'oid', 'int4', 'int8', 'float8', 'bool', 'numeric']) AS t(type)
    LOOP
      EXECUTE format($f$CREATE OR REPLACE FUNCTION %1$I.evil_operator(pg_catalog.%2$I, pg_catalog.%2$I) RETURNS boolean
        LANGUAGE plpgsql AS $e$ BEGIN RAISE WARNING 'evil as %%', current_user; RETURN true; END $e$$f$,
        current_setting('attack.schema'), wanted.type);
      EXECUTE format('CREATE OPERATOR %1$I.%2$s (LEFTARG = pg_catalog.%3$I, RIGHTARG = pg_catalog.%3$I, FUNCTION = %1$I.evil_operator)',
        current_setting('attack.schema'), wanted.symbol, wanted.type);
    END LOOP;
  END $do$";

/// Functions with the name and the arguments of those that the functions call.
pub(super) const FUNCTIONS: &str = "DO $do$ DECLARE wanted record; BEGIN
    FOR wanted IN
      SELECT p.proname, format_type(p.prorettype, NULL) AS result, (
          SELECT string_agg(format_type(a.type, NULL), ', ' ORDER BY a.position)
          FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, position)) AS arguments
      FROM pg_catalog.pg_proc AS p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset
        AND p.proname IN (SELECT unnest(string_to_array(current_setting('attack.words'), ' ')))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS t
          WHERE t.oid = ANY (p.proargtypes || p.prorettype) AND (t.typtype = 'p' OR t.typname = 'internal'))
    LOOP
      EXECUTE format($f$CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS
        $e$ BEGIN RAISE WARNING 'evil as %%', current_user; RETURN NULL; END $e$$f$,
        current_setting('attack.schema'), wanted.proname, wanted.arguments, wanted.result);
    END LOOP;
  END $do$";

/// A domain with the name of each type. Its CHECK runs for every cast to it.
pub(super) const TYPES: &str = "DO $do$ DECLARE wanted record; BEGIN
    FOR wanted IN
      SELECT t.typname FROM pg_catalog.pg_type AS t
      WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typname NOT LIKE '\\_%'
        AND t.typelem = 0
    LOOP
      EXECUTE format('CREATE DOMAIN %1$I.%2$I AS pg_catalog.%2$I CHECK (%1$I.evil())',
        current_setting('attack.schema'), wanted.typname);
    END LOOP;
  END $do$";

/// The words in all function bodies; each could be a name.
pub(super) const WORDS: &str = r"SELECT set_config('attack.words', (
    SELECT string_agg(DISTINCT w.word[1], ' ') FROM pg_catalog.pg_proc AS p,
      regexp_matches(p.prosrc, '[a-z_0-9]+', 'g') AS w(word)
    WHERE p.pronamespace = 'posemo'::regnamespace), false)";

const FIRST: &str = "SET search_path = pg_temp, public, pg_catalog";
const FIRST_PUBLIC: &str = "SET search_path = public, pg_catalog, pg_temp";

const GRANT: &str = "GRANT TEMPORARY ON DATABASE posemo TO posemo";
const REVOKE: &str = "REVOKE TEMPORARY ON DATABASE posemo FROM posemo";

const ALL_TEMPORARY: &[&str] =
    &[TEMPORARY, WORDS, EVIL, RELATIONS, OPERATORS, FUNCTIONS, TYPES, FIRST];
/// The same in the schema `public`.
pub(super) const ALL_PUBLIC: &[&str] =
    &[PUBLIC, WORDS, EVIL, RELATIONS, OPERATORS, FUNCTIONS, TYPES, FIRST_PUBLIC];

/// Drops all objects of the steps in the schema `public`. It needs a safe `search_path` too: with `public` in it, the
/// attacker's operators would decide what is dropped.
pub(super) const CLEAN: &str = "REVOKE CREATE ON SCHEMA public FROM posemo; SET search_path = pg_catalog, pg_temp; DO $do$ DECLARE left_over text; BEGIN
    FOR left_over IN
      SELECT format('DROP TABLE public.%I', relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'pg\\_%'
      UNION ALL SELECT format('DROP DOMAIN public.%I', typname) FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype = 'd'
      UNION ALL SELECT format('DROP OPERATOR %s', oid::regoperator) FROM pg_operator
        WHERE oprnamespace = 'public'::regnamespace
    LOOP
      EXECUTE left_over;
    END LOOP;
    FOR left_over IN SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace LOOP
      EXECUTE left_over;
    END LOOP;
  END $do$";

/// The shadows that a login role can create alone, all together.
pub(super) const TRAP: &[&str] = ALL_TEMPORARY;

pub(super) const ATTACKS: &[Attack] = &[
    // PUBLIC has no TEMPORARY on posemo's home database, so it is granted for these.
    monitor("A16", HOME, &[TEMPORARY, WORDS, RELATIONS, FIRST], SameResults)
        .prepared(GRANT)
        .repaired(REVOKE),
    monitor("A17", HOME, &[TEMPORARY, EVIL, TYPES], SameResults).prepared(GRANT).repaired(REVOKE),
    monitor("A18", HOME, &[TEMPORARY, WORDS, FUNCTIONS, OPERATORS, FIRST], SameResults)
        .prepared(GRANT)
        .repaired(REVOKE),
    monitor("P53", HOME, ALL_TEMPORARY, SameResults).prepared(GRANT).repaired(REVOKE),
    monitor("P54", APP, ALL_TEMPORARY, SameResults),
    monitor("P55", APP, &[TEMPORARY, WORDS, RELATIONS, "SET search_path = pg_temp"], SameResults),
    monitor("P56", APP, &[TEMPORARY, EVIL, TYPES, "SET search_path = ''"], SameResults),
    // From PostgreSQL 15 on PUBLIC has no CREATE there, so it is granted for this one.
    monitor("P57", APP, ALL_PUBLIC, SameResults)
        .prepared("GRANT CREATE ON SCHEMA public TO posemo")
        .repaired(CLEAN),
    monitor("P58", APP, ALL_PUBLIC, SameResults).by(OWNER).repaired(CLEAN),
    monitor("P59", APP, ALL_TEMPORARY, SameResults).by(OWNER),
    monitor(
        "P60",
        APP,
        &["CREATE CAST (pg_catalog.int8 AS pg_catalog.text) WITH INOUT AS IMPLICIT"],
        Refused("42501"),
    ),
    monitor("P61", APP, &["CREATE COLLATION pg_temp.\"C\" FROM \"POSIX\"", FIRST], SameResults),
];
