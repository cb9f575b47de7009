//! The zone of `docs/deployment/satellites.md`: Icinga accepts its objects, and gives the services to the satellites.

use super::Icinga;
use crate::deployment::blocks;
use crate::server::posemo;

#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_zone_with_two_satellites_gets_the_services() {
    let icinga = Icinga::without_certificates();
    let directory = icinga.directory();
    let objects = blocks("satellites.md", "icinga2");
    let [zones, watched] = objects.as_slice() else { panic!("{objects:?}") };
    // The definitions, by the commands of the page.
    let page = blocks("satellites.md", "sh").concat();
    let print = page.lines().find(|line| line.contains("print-config icinga2")).unwrap();
    let settings = directory.write("posemo.toml", &blocks("satellites.md", "toml")[0]);
    let print = print.replace("/etc/posemo/posemo.toml", settings.to_str().unwrap());
    let (command, _) = print.strip_prefix("posemo ").unwrap().split_once(" > ").unwrap();
    // Icinga reads all of them in tests/it/receivers/pages.rs.
    let few = [command, "--check alive,superusers"].join(" ");
    let printed = posemo(&few.split(' ').collect::<Vec<_>>());
    let definitions = String::from_utf8(printed.stdout).unwrap();
    let place = page.split("/etc/icinga2/").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(place, "zones.d/postgresql/posemo.conf");
    directory.write(place, &definitions);
    directory.write("zones.d/master/postgresql.conf", watched);
    // The name of this Icinga.
    let zones = zones.replace("master.example", "localhost");
    let file = directory.write(
        "icinga.conf",
        &format!(
            "const PluginDir = \"/usr/lib/nagios/plugins\"\ninclude <itl>\ninclude <plugins>\n{zones}\
             object CheckerComponent \"checker\" {{ }}\n"
        ),
    );
    directory.give_to("nagios");
    let folder = format!("-DZonesDir={}", directory.path().join("zones.d").display());
    let file = file.display().to_string();
    let output = icinga.call(&["daemon", "-C", "-c", &file, &folder]);
    assert!(!output.contains("warning/") && !output.contains("critical/"), "{output}");
    let listed = icinga.call(&["object", "list", &folder]);
    for (kind, name, expected) in [
        ("Service", "db1!alive", "* zone = \"postgresql\""),
        ("Service", "db2!superusers", "* zone = \"postgresql\""),
        ("Host", "db2", "* zone = \"postgresql\""),
        ("CheckCommand", "posemo", "* zone = \"postgresql\""),
        ("Host", "zone postgresql", "* zone = \"master\""),
        ("Host", "zone postgresql", "* check_command = \"cluster-zone\""),
        ("Host", "zone postgresql", "* cluster_zone = \"postgresql\""),
    ] {
        let head = format!("Object '{name}' of type '{kind}':\n");
        let (_, object) = listed.split_once(&head).unwrap_or_else(|| panic!("{head}{listed}"));
        let object = object.split("\nObject '").next().unwrap();
        assert!(object.contains(expected), "{head}{object}");
    }
}
