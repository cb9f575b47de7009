//! The privileges, roles and objects in a server's system catalogs, as lines that can be compared.
//!
//! Values that vacuum changes are left out.

use crate::server::Server;

/// The shared catalogs. Complete rows are compared, with their OIDs: objects that posemo did not create must not be
/// created again.
const SHARED: &str = "
SELECT format('role %s', a) FROM pg_authid a
UNION ALL SELECT format('member %s', m) FROM pg_auth_members m
UNION ALL SELECT format('database %s %s', to_jsonb(d) - '{datfrozenxid,datminmxid,datacl}'::text[],
  (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(d.datacl, acldefault('d', d.datdba))) x)) FROM pg_database d
UNION ALL SELECT format('tablespace %s %s', to_jsonb(t) - 'spcacl',
  (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(t.spcacl, acldefault('t', t.spcowner))) x)) FROM pg_tablespace t
UNION ALL SELECT format('setting %s', s) FROM pg_db_role_setting s
UNION ALL SELECT format('dependency %s', s) FROM pg_shdepend s
UNION ALL SELECT format('comment %s', s) FROM pg_shdescription s
UNION ALL SELECT format('label %s', s) FROM pg_shseclabel s
UNION ALL SELECT format('subscription %s', s) FROM pg_subscription s
UNION ALL SELECT format('origin %s', s) FROM pg_replication_origin s";

/// The catalogs of each database. After a GRANT and a REVOKE, the default privileges are stored explicitly, and no
/// statement restores the null value. So effective privileges are compared.
const OWN: &str = "
WITH acl(class, oid, part, kind, owner, rights) AS (
  SELECT 'pg_class'::regclass, oid, 0, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner, relacl FROM pg_class
  UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, 'c', 10, attacl FROM pg_attribute
  UNION ALL SELECT 'pg_proc'::regclass, oid, 0, 'f', proowner, proacl FROM pg_proc
  UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, 'n', nspowner, nspacl FROM pg_namespace
  UNION ALL SELECT 'pg_type'::regclass, oid, 0, 'T', typowner, typacl FROM pg_type
  UNION ALL SELECT 'pg_language'::regclass, oid, 0, 'l', lanowner, lanacl FROM pg_language
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, 'F', fdwowner, fdwacl FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0, 'S', srvowner, srvacl FROM pg_foreign_server
  UNION ALL SELECT 'pg_largeobject'::regclass, oid, 0, 'L', lomowner, lomacl FROM pg_largeobject_metadata
), meant AS (
  SELECT acl.*, ARRAY(SELECT x::text FROM unnest(coalesce(rights, acldefault(kind, owner))) x ORDER BY 1) AS now,
    ARRAY(SELECT x::text FROM unnest(coalesce(i.initprivs, acldefault(kind, owner))) x ORDER BY 1) AS first, i.initprivs IS NOT NULL AS kept
  FROM acl LEFT JOIN pg_init_privs i ON i.classoid = class AND i.objoid = acl.oid AND i.objsubid = part
  WHERE rights IS NOT NULL OR i.initprivs IS NOT NULL
), rows(what, oid, digest) AS (
  SELECT 'function', oid, md5((to_jsonb(p) - 'proacl')::text) FROM pg_proc p WHERE oid >= 16384
  UNION ALL SELECT 'function', 0, md5(string_agg(md5(p.proname || p.proowner || p.prosrc || coalesce(p.proconfig::text, '')), '' ORDER BY oid)) FROM pg_proc p WHERE oid < 16384
  UNION ALL SELECT 'relation', oid, md5((to_jsonb(c)
    - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relacl,relhasindex}'::text[])::text) FROM pg_class c WHERE oid >= 16384
  UNION ALL SELECT 'relation', 0, md5(string_agg(format('%s %s %s %s', oid, relname, relowner, relfilenode), '' ORDER BY oid)) FROM pg_class WHERE oid < 16384
  UNION ALL SELECT 'first', count(*), md5(string_agg(i::text, '' ORDER BY objoid, classoid, objsubid)) FROM pg_init_privs i
  UNION ALL SELECT 'type', oid, md5((to_jsonb(t) - 'typacl')::text) FROM pg_type t WHERE oid >= 16384
  UNION ALL SELECT 'schema', oid, (to_jsonb(n) - 'nspacl')::text FROM pg_namespace n
  UNION ALL SELECT 'comments', 0, md5(string_agg(format('%s %s %s %s', objoid, classoid, objsubid, description), '' ORDER BY objoid, classoid, objsubid)) FROM pg_description
  UNION ALL SELECT 'dependencies', count(*), md5(string_agg(d::text, '' ORDER BY classid, objid, objsubid, refclassid, refobjid, refobjsubid)) FROM pg_depend d
)
SELECT format('acl %s %s %s', pg_describe_object(class, oid, part), owner, now) FROM meant WHERE now <> ARRAY(SELECT x::text FROM unnest(acldefault(kind, owner)) x ORDER BY 1)
UNION ALL SELECT format('differs %s: %s, at first %s', pg_describe_object(class, oid, part), now, first) FROM meant
  WHERE now <> first AND (kept OR oid < 16384 AND pg_describe_object(class, oid, part) !~ 'information_schema')
UNION ALL SELECT format('%s %s %s', what, oid, digest) FROM rows
UNION ALL SELECT format('default %s', a) FROM pg_default_acl a
UNION ALL SELECT format('label %s', s) FROM pg_seclabel s
UNION ALL SELECT format('extension %s', e) FROM pg_extension e
UNION ALL SELECT format('trigger %s', e) FROM pg_event_trigger e
ORDER BY 1";

/// Lines, those of a database with its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(Vec<String>);

impl Snapshot {
    pub(crate) fn of(server: &Server) -> Snapshot {
        let parameters = if server.major() >= 15 {
            "UNION ALL SELECT format('parameter %s', p) FROM pg_parameter_acl p"
        } else {
            ""
        };
        let mut lines = server.superuser("postgres", &format!("{SHARED} {parameters} ORDER BY 1"));
        let databases =
            "SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2 ORDER BY 1";
        for database in server.superuser("postgres", databases) {
            let own = server.superuser(&database, OWN);
            lines.extend(own.into_iter().map(|line| format!("{database}: {line}")));
        }
        Snapshot(lines)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Privileges on system objects that differ from those of initdb.
    pub(crate) fn differing(&self) -> Vec<&String> {
        self.0.iter().filter(|line| line.contains(": differs ")).collect()
    }

    /// The lines that are in only one of the two.
    pub(crate) fn against(&self, other: &Snapshot) -> Vec<String> {
        let lost =
            self.0.iter().filter(|line| !other.0.contains(line)).map(|line| format!("- {line}"));
        let new =
            other.0.iter().filter(|line| !self.0.contains(line)).map(|line| format!("+ {line}"));
        lost.chain(new).collect()
    }
}
