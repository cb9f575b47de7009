//! The server around the queries: a database with objects of users in it, and what must be left alone.
//!
//! Which queries are refused stands elsewhere.

use posemo::lint::Tree;

use super::Case;
use crate::server::Server;

/// What users can make, and what a check could stumble over.
pub(crate) const OBJECTS: &str = "
CREATE TYPE public.mood AS ENUM ('good', 'bad');
CREATE FUNCTION public.spy(public.mood) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''spied''';
CREATE CAST (public.mood AS text) WITH FUNCTION public.spy(public.mood);
CREATE FUNCTION public.harmless(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION public.is_odd(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = public.is_odd);
CREATE DOMAIN public.checked AS text CHECK (public.is_odd(VALUE, VALUE));
CREATE SEQUENCE public.numbers;
CREATE TABLE public.orders (id bigint, mood public.mood, note text);
CREATE VIEW public.open_orders AS SELECT o.id, public.harmless(o.id) AS other FROM public.orders AS o;
CREATE FUNCTION pg_catalog.planted() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''planted''';";

/// What a linter that leaves something behind would change.
pub(crate) const FOOTPRINT: &str = "
SELECT format('%s %s', oid::regprocedure, proacl) FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT format('%s %s', oid::regclass, relkind) FROM pg_class WHERE oid >= 16384
UNION ALL SELECT rolname::text FROM pg_roles
ORDER BY 1";

/// Every view that came with the server is a query that somebody else wrote: the reader reads all of them,
/// and the server knows everything that they mention.
pub(crate) fn system_views_are_understood(server: &Server) -> usize {
    let person = server.session("postgres", "app");
    let trees = person
        .ask("SELECT ev_action::text FROM pg_rewrite WHERE ev_type = '1' ORDER BY oid")
        .unwrap();
    assert!(trees.len() > 100);
    for text in &trees {
        let tree = Tree::read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(!person.ask(&tree.names()).unwrap().is_empty());
    }
    trees.len()
}

/// More nesting than the stack is meant for ends in a complaint, and a little less in none.
pub(crate) fn a_tower_is_a_complaint(server: &Server) {
    let tower = |height: usize| -> &'static str {
        format!("SELECT bigint '1'{} AS x", " + 1".repeat(height)).leak()
    };
    let [low, high] = [150, 250].map(|height| Case {
        owner: "plain",
        sql_type: "bigint",
        query: tower(height),
        since: 12,
    });
    let said = super::said(server, &[&low, &high]);
    assert!(said[0].1.is_empty(), "{:?}", said[0].1);
    assert_eq!(said[1].1.len(), 1);
    let complaint = &said[1].1[0];
    assert_eq!(complaint.rule, "unreadable");
    assert!(complaint.to_string().contains("nested deeper than 400 levels"), "{complaint}");
}

/// A role that is no superuser waits for a superuser's DDL: the linter makes none.
pub(crate) fn a_trap_is_not_stepped_into(server: &Server) {
    server.superuser(
        "app",
        "CREATE ROLE mallory; CREATE TABLE public.stepped (who text); GRANT INSERT ON public.stepped TO PUBLIC;
         CREATE FUNCTION public.trap() RETURNS event_trigger LANGUAGE plpgsql AS
           'BEGIN INSERT INTO public.stepped VALUES (current_user); RAISE EXCEPTION ''sprung''; END';
         ALTER FUNCTION public.trap() OWNER TO mallory;
         CREATE EVENT TRIGGER \"trap\nline\" ON ddl_command_start EXECUTE FUNCTION public.trap()",
    );
    let error = super::try_judged(server, &[]).expect_err("the trap is named");
    assert!(error.contains("event trigger trap\\nline runs a function of a role"), "{error}");
    server.superuser("app", "DROP EVENT TRIGGER \"trap\nline\"");
}
