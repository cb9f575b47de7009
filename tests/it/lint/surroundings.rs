//! The database for the linter's tests: objects of users, and tests that the linter changes nothing.

use posemo::lint::QueryTree;

use super::Case;
use crate::server::Server;

/// Objects of users that queries of the tests refer to.
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

/// The objects and roles that the linter must not change.
pub(crate) const FOOTPRINT: &str = "
SELECT format('%s %s', oid::regprocedure, proacl) FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT format('%s %s', oid::regclass, relkind) FROM pg_class WHERE oid >= 16384
UNION ALL SELECT rolname::text FROM pg_roles
ORDER BY 1";

/// The reader reads the tree of every system view, and the server returns the names of all objects in them.
pub(crate) fn system_views_are_read(server: &Server) -> usize {
    let person = server.session("postgres", "app");
    let trees = person
        .ask("SELECT ev_action::text FROM pg_rewrite WHERE ev_type = '1' ORDER BY oid")
        .unwrap();
    assert!(trees.len() > 100);
    for text in &trees {
        let tree = QueryTree::read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(!person.ask(&tree.names_query()).unwrap().is_empty());
    }
    trees.len()
}

/// A query with too many nested levels is refused; one with fewer passes.
pub(crate) fn deep_nesting_is_refused(server: &Server) {
    let nested = |height: usize| -> &'static str {
        format!("SELECT bigint '1'{} AS x", " + 1".repeat(height)).leak()
    };
    let [low, high] = [150, 250].map(|height| Case {
        owner: "plain",
        sql_type: "bigint",
        query: nested(height),
        since: 12,
    });
    let results = super::lint_cases(server, &[&low, &high]);
    assert!(results[0].1.is_empty(), "{:?}", results[0].1);
    assert_eq!(results[1].1.len(), 1);
    let refusal = &results[1].1[0];
    assert_eq!(refusal.rule, "unreadable");
    assert!(refusal.to_string().contains("more than 400 nested levels"), "{refusal}");
}

/// An event trigger of another role would run its code at the linter's DDL: the linter reports it and runs no DDL.
pub(crate) fn event_triggers_are_reported(server: &Server) {
    server.superuser(
        "app",
        "CREATE ROLE mallory; CREATE TABLE public.trapped (role text); GRANT INSERT ON public.trapped TO PUBLIC;
         CREATE FUNCTION public.trap() RETURNS event_trigger LANGUAGE plpgsql AS
           'BEGIN INSERT INTO public.trapped VALUES (current_user); RAISE EXCEPTION ''trapped''; END';
         ALTER FUNCTION public.trap() OWNER TO mallory;
         CREATE EVENT TRIGGER \"trap\nline\" ON ddl_command_start EXECUTE FUNCTION public.trap()",
    );
    let error = super::try_lint(server, &[]).expect_err("the event trigger is reported");
    assert!(error.contains("event trigger trap\\nline runs a function of a role"), "{error}");
    server.superuser("app", "DROP EVENT TRIGGER \"trap\nline\"");
}

/// The rows for a script are worst first only if the query orders them.
pub(crate) fn worst_first_needs_an_order(server: &Server) {
    for (query, refused) in [
        ("SELECT oid AS x FROM pg_class", true),
        ("SELECT x FROM (SELECT oid AS x FROM pg_class ORDER BY oid) AS s", true),
        ("SELECT oid AS x FROM pg_class ORDER BY oid DESC", false),
    ] {
        let case = super::bad::case("plain", "oid", query);
        let folder = super::folder(&[&case]);
        let manifest = folder.path().join("case_0/check.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        std::fs::write(&manifest, format!("worst_first = true\n{text}")).unwrap();
        folder.write("case_0/evaluate.star", "def check_context(docs, context):\n    return []\n");
        let found = super::refusals(server, &folder);
        let rules: Vec<&str> = found.iter().map(|refusal| refusal.rule).collect();
        assert_eq!(rules, if refused { vec!["order"] } else { vec![] }, "{query}");
    }
}
