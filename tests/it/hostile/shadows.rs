//! Objects of another role with the names of system catalog objects: a query that uses one of them fails.
//!
//! They are in a schema of this role; the settings of the tests put it into the `search_path`.

use crate::server::Server;

/// Creates functions, aggregates, operators, types and views in schema `evil`. Each raises an error with the current
/// role.
pub(super) fn plant(server: &Server, database: &str) {
    server.superuser(database, "CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO PUBLIC");
    let all = [PATH, FUNCTIONS, AGGREGATES, OPERATORS, TYPES, VIEWS].concat();
    server.superuser(database, &all);
    let planted = "SELECT (SELECT count(*) > 300 FROM pg_proc WHERE pronamespace = 'evil'::regnamespace)
        AND (SELECT count(*) > 100 FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace)
        AND (SELECT count(*) > 100 FROM pg_class WHERE relnamespace = 'evil'::regnamespace)
        AND (SELECT count(*) > 10 FROM pg_type WHERE typnamespace = 'evil'::regnamespace AND typtype = 'd')";
    assert_eq!(server.superuser(database, planted), ["t"], "all shadows exist");
    // A session with this search_path fails, so a test without such an error proves something.
    for sql in [
        "SELECT pg_catalog.count(*) FROM pg_database",
        "SELECT 1::bigint = 2::bigint",
        "SELECT 'x'::text",
        "SELECT now()",
        "SELECT count(*)",
    ] {
        let sql = format!("SET ROLE mallory; SET search_path = evil, pg_catalog; {sql}");
        let caught = server.ask("postgres", database, &sql);
        assert!(
            caught.as_ref().is_err_and(|error| error.contains("caught mallory")),
            "{sql}: {caught:?}"
        );
    }
}

const PATH: &str = "SET ROLE mallory; SET search_path = pg_catalog, pg_temp;
CREATE FUNCTION evil.trap() RETURNS text LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''caught %'', current_user; END';
CREATE FUNCTION evil.refuse(anyelement) RETURNS boolean LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''caught %'', current_user; END';";

/// A function for each one that a check or `install` might call without a schema, with the same arguments.
const FUNCTIONS: &str = "
DO $do$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.proname, p.prorettype, p.proretset, p.proargtypes FROM pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proargmodes IS NULL
      AND p.proname ~ '^(pg_|age$|mxid_age|has_|array_|to_reg|quote_|current_|version$|now$|clock|substr|regexp_|acl|sha)'
      AND p.proname !~ '(send|recv|in|out)$'
      AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS t(oid) JOIN pg_type AS y ON y.oid = t.oid WHERE y.typtype = 'p')
      AND (SELECT y.typtype <> 'p' FROM pg_type AS y WHERE y.oid = p.prorettype)
  LOOP
    EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L', f.proname, oidvectortypes(f.proargtypes),
      CASE WHEN f.proretset THEN 'SETOF ' ELSE '' END, format_type(f.prorettype, NULL),
      'BEGIN RAISE EXCEPTION ''caught %'', current_user; END');
  END LOOP;
END
$do$;
CREATE FUNCTION evil.concat(text, text) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';
CREATE FUNCTION evil.concat(text, name) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';
CREATE FUNCTION evil.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';
CREATE FUNCTION evil.format(text, name) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';";

const AGGREGATES: &str = "
CREATE FUNCTION evil.step(bigint) RETURNS bigint LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''caught %'', current_user; END';
CREATE FUNCTION evil.step(bigint, bigint) RETURNS bigint LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''caught %'', current_user; END';
CREATE AGGREGATE evil.count(*) (SFUNC = evil.step, STYPE = bigint);
CREATE AGGREGATE evil.max(bigint) (SFUNC = evil.step, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE evil.sum(bigint) (SFUNC = evil.step, STYPE = bigint, INITCOND = '0');";

/// Operators for the types of system catalogs, also where PostgreSQL has none and would need a cast.
const OPERATORS: &str = "
DO $do$
DECLARE o record; sign text;
BEGIN
  FOR o IN SELECT l.t AS l, r.t AS r
    FROM unnest('{name,text,oid,\"\\\"char\\\"\",integer,bigint,double precision,numeric,boolean}'::regtype[]) AS l(t)
    CROSS JOIN unnest('{name,text,oid,\"\\\"char\\\"\",integer,bigint,double precision}'::regtype[]) AS r(t)
  LOOP
    EXECUTE format('CREATE FUNCTION evil.operate(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', o.l, o.r,
      'BEGIN RAISE EXCEPTION ''caught %'', current_user; END');
    FOREACH sign IN ARRAY '{=,<>,<,>,>=,<=,||,~,~~,-,+,*,/}'::text[] LOOP
      EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.operate)', sign, o.l, o.r);
    END LOOP;
  END LOOP;
END
$do$;";

const TYPES: &str = "
DO $do$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY '{text,name,oid,int2,int4,int8,bool,float8,numeric,regclass,regproc,regprocedure,regtype,json,jsonb,timestamptz,interval}'::text[] LOOP
    EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.%I CHECK (evil.refuse(VALUE))', t, t);
  END LOOP;
END
$do$;";

/// A view of every system catalog that a view can contain.
const VIEWS: &str = "
DO $do$
DECLARE found record;
BEGIN
  FOR found IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
    AND NOT EXISTS (SELECT FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND (y.typtype = 'p' OR y.typname = '_pg_statistic'))
  LOOP
    EXECUTE format('CREATE VIEW evil.%I AS SELECT * FROM pg_catalog.%I WHERE evil.trap() IS NULL', found.relname, found.relname);
  END LOOP;
END
$do$;
RESET ROLE;";
