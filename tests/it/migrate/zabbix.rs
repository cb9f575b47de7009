//! User parameters of Zabbix with the items of an export.

use std::fs;

use posemo::catalog::Catalog;
use posemo::migrate::{self, MigrateFormat, MigratedCall, Migration, OldCall};

use super::of_text;

const AGENT: &str = "UserParameter=pg.size[*],/p/check_postgres.pl --action=database_size -H $1 -p $2 --include='$3' --dbpass=$4 -w 10GB | awk '{ print $$1 }'
UserParameter=pg.locks,/p/check_postgres.pl --action=locks -w 100
UserParameter=pg.other[*],/p/check_postgres.pl --action=locks -w $1
";

const EXPORT: &str = "zabbix_export:
  version: '6.0'
  templates:
    - template: PG
      templates:
        - name: PG
      items:
        - name: locks
          key: pg.locks
          delay: 5m
        - key: 'pg.size[{HOST.CONN},{$PG.PORT},\"app, b\",{$PG.PASS}]'
          delay: '60'
        - key: 'pg.size[x,1,y,geheim]'
          status: DISABLED
      discovery_rules:
        - key: db.discovery
          item_prototypes:
            - key: 'pg.size[{HOST.CONN},{$PG.PORT},{#DBNAME},geheim]'
      macros:
        - macro: '{$PG.PORT}'
          value: '5432'
        - macro: '{$PG.PASS}'
          type: SECRET_TEXT
  hosts:
    - host: db1
      templates:
        - name: PG
      interfaces:
        - ip: 192.0.2.1
      macros:
        - macro: '{$PG.PORT}'
          value: '5433'
    - host: db2
      interfaces:
        - useip: 'NO'
          dns: db2.example
          ip: 192.0.2.2
      items:
        - key: 'system.run[\"/p/check_postgres.pl --action=backends -w 80%\",wait]'
        - key: 'check_postgres.pl[\"--action=connection\",\"-H\",\"{HOST.CONN}\"]'
        - key: 'pg.size[h$(id),5432,c,geheim]'
";

/// The same in XML, as version 4.0 writes it.
const OLD_EXPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<zabbix_export>
    <version>4.0</version>
    <templates>
        <template>
            <template>PG</template>
            <templates><template><name>PG</name></template></templates>
            <items>
                <item><name>locks</name><key>pg.locks</key><delay>5m</delay><status>0</status></item>
                <item><key>pg.size[{HOST.CONN},{$PG.PORT},&quot;app, b&quot;,{$PG.PASS}]</key><delay>60</delay></item>
                <item>
                    <key><![CDATA[pg.size[x,1,y,geheim]]]></key>
                    <status>1</status>
                </item>
            </items>
            <discovery_rules>
                <discovery_rule>
                    <key>db.discovery</key>
                    <item_prototypes>
                        <item_prototype>
                            <!-- a comment --><key>pg.size[{HOST.CONN},{$PG.PORT},{#DBNAME},geheim]</key>
                        </item_prototype>
                    </item_prototypes>
                </discovery_rule>
            </discovery_rules>
            <macros>
                <macro><macro>{$PG.PORT}</macro><value>5432</value></macro>
                <macro><macro>{$PG.PASS}</macro><type>SECRET_TEXT</type></macro>
            </macros>
        </template>
    </templates>
    <hosts>
        <host>
            <host>db1</host>
            <templates><template><name>PG</name></template></templates>
            <interfaces><interface><useip>1</useip><ip>192.0.2.1</ip><dns/></interface></interfaces>
            <macros><macro><macro>{$PG.PORT}</macro><value>5433</value></macro></macros>
            <items/>
        </host>
        <host>
            <host>db2</host>
            <interfaces><interface><useip>0</useip><dns>db2.example</dns><ip>192.0.2.2</ip></interface></interfaces>
            <items>
                <item><key>system.run["/p/check_postgres.pl --action=backends -w 80%",wait]</key></item>
                <item><key>check_postgres.pl["--action=connection","-H","{HOST.CONN}"]</key></item>
                <item><key>pg.size[h$(id),5432,c,geheim]</key></item>
            </items>
        </host>
    </hosts>
</zabbix_export>
"#;

fn of_files(files: &[(&str, &str)]) -> Migration {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    migrate::migrate(&[folder.path().to_owned()], None, &Catalog::embedded()).unwrap()
}

/// Each item of each host is a call with its values, or is reported.
#[test]
fn items_give_the_values_of_user_parameters() {
    let migration = of_files(&[("a.conf", AGENT), ("export.yaml", EXPORT)]);
    let calls: Vec<(String, String)> =
        migration.calls.iter().map(|call| (call.targets.join(","), call.old.old.clone())).collect();
    let expected = [
        ("db1:5433", "check_postgres database_size"),
        ("db1", "check_postgres locks"),
        ("db2", "check_postgres backends"),
        ("db2", "check_postgres connection"),
    ];
    let expected = expected.map(|(target, old)| (target.to_owned(), old.to_owned()));
    assert_eq!(calls, expected);
    for part in ["objects.b = ", "interval = \"1m\"", "interval = \"5m\"", "host = \"db2.example\""]
    {
        assert!(migration.settings.contains(part), "{part}: {}", migration.settings);
    }
    assert!(migration.calls[0].old.password.is_some());
    let unclear: Vec<String> = migration.unclear.iter().map(ToString::to_string).collect();
    for part in [
        "a.conf:3: pg.other[*]: the command contains $1, a parameter of the item in Zabbix, and no item of the files has this key",
        "export.yaml:13: pg.size: the item is disabled",
        "export.yaml:18: pg.size: the item has the macro DBNAME, whose value is not in the files",
        "export.yaml:41: pg.size: the call contains $(id",
    ] {
        assert!(unclear.iter().any(|one| one.contains(part)), "{part}: {unclear:#?}");
    }
    assert_eq!(unclear.len(), 4, "{unclear:#?}");
    let printed = format!("{unclear:?} {} {}", migration.settings, migration.json("f"));
    assert!(!printed.contains("geheim"), "{printed}");
    // Templates without a host are about the host of the agent.
    let (templates, _) = EXPORT.split_once("  hosts:").unwrap();
    let migration = of_files(&[("a.conf", AGENT), ("export.yaml", templates)]);
    assert_eq!(migration.targets.len(), 1, "{:?}", migration.calls);
}

/// An export in XML gives the same calls and the same reports, with its own lines.
#[test]
fn an_export_in_xml_is_the_same() {
    let calls = |migration: &Migration| -> Vec<String> {
        let text = |call: &MigratedCall| {
            let OldCall { plugin, translated, timing, .. } = &call.old;
            format!("{:?} {plugin:?} {translated:?} {timing:?}", call.targets)
        };
        migration.calls.iter().map(text).collect()
    };
    let [yaml, xml] = [("export.yaml", EXPORT), ("export.xml", OLD_EXPORT)]
        .map(|export| of_files(&[("a.conf", AGENT), export]));
    assert_eq!(calls(&xml), calls(&yaml));
    let lines = |migration: &Migration| -> Vec<String> {
        let lines = migration.settings.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(lines(&xml), lines(&yaml));
    let unclear: Vec<String> = xml.unclear.iter().map(ToString::to_string).collect();
    for part in [
        "export.xml:12: pg.size: the item is disabled",
        "export.xml:21: pg.size: the item has the macro DBNAME",
        "export.xml:46: pg.size: the call contains $(id",
    ] {
        assert!(unclear.iter().any(|one| one.contains(part)), "{part}: {unclear:#?}");
    }
    assert_eq!(unclear.len(), 4, "{unclear:#?}");
    assert!(!format!("{unclear:?} {}", xml.settings).contains("geheim"));
}

/// What is not XML, or defines entities, is one mistake with its line. Deep and wide files have limits,
/// and the time of a file is linear in its length.
#[test]
fn a_broken_export_in_xml_is_reported() {
    let deep = format!("<zabbix_export>{}</zabbix_export>", "<a>".repeat(200_000));
    let closed = format!(
        "<zabbix_export><hosts>{}{}</hosts></zabbix_export>",
        "<host>".repeat(100_000),
        "</host>".repeat(100_000)
    );
    let wide = format!("<zabbix_export>{}</zabbix_export>", "<a/>".repeat(1_100_000));
    let attributes =
        (0..200_000).fold(String::new(), |text, number| text + &format!(" a{number}=''"));
    let attributes = format!("<zabbix_export>\n<hosts{attributes}>\n</zabbix_export>");
    let namespaces =
        (0..20_000).fold(String::new(), |text, n| text + &format!("<a xmlns:n{n}='u'>"));
    let namespaces = format!("<zabbix_export>{namespaces}{}", "</a>".repeat(20_000));
    let entities = "<!DOCTYPE x [<!ENTITY a \"geheim\">]>\n<zabbix_export>&a;</zabbix_export>";
    for (text, part) in [
        ("<?xml version=\"1.0\"?>\n<zabbix_export>\n<hosts>\n</zabbix_export>\n", "f:4: "),
        ("<zabbix_export>\n&a;</zabbix_export>", "f:2: "),
        (entities, "DTD"),
        (&deep, "f:1: "),
        (&closed, "limit"),
        (&wide, "limit"),
        (&attributes, "f:3: "),
        (&namespaces, "limit"),
        ("<zabbix_export>\n</zabbix_export>\n<a/>", "f:3: "),
        ("<zabbix_export>\n</zabbix_export>\ngeheim", "outside"),
        ("<zabbix_export>\n<hosts>\n\n", "line 2 does not end"),
        ("<zabbix_export>&#x110000;</zabbix_export>", "f:1: "),
        (&format!("<zabbix_export></{}>", "a".repeat(10_000)), "…"),
        ("\n<!-- <zabbix_export> -->\n", "contains no element"),
    ] {
        let migration = of_text(text, MigrateFormat::Zabbix);
        assert_eq!(migration.unclear.len(), 1, "{:?}", migration.unclear);
        let message = migration.unclear[0].to_string();
        assert!(message.contains(part) && message.contains("not XML"), "{message}");
        assert!(!message.contains("geheim") && message.len() < 300, "{message}");
    }
}

#[test]
fn other_exports_are_reported() {
    let (zabbix, posemo) = (MigrateFormat::Zabbix, MigrateFormat::Posemo);
    for (text, format, part) in [
        ("{\"zabbix_export\": {\"hosts\": [", zabbix, "f:1: "),
        (
            "{\"Command\": {\"c\": {\"command\": \"check_postgres\"}}}",
            posemo,
            "an export of Icinga Director is not read",
        ),
    ] {
        let migration = of_text(text, format);
        assert_eq!(migration.unclear.len(), 1, "{text}: {:?}", migration.unclear);
        let message = migration.unclear[0].to_string();
        assert!(message.contains(part), "{message}");
    }
    let long = format!(
        "zabbix_export:\n  hosts:\n    - host: h\n      items:\n        - key: 'a[{}]'\n",
        "x".repeat(15_000)
    );
    let agent =
        format!("UserParameter=a[*],check_postgres --action=locks {}\n", "$1".repeat(100_000));
    let migration = of_files(&[("a.conf", &agent), ("export.yaml", &long)]);
    assert!(migration.unclear[0].message.contains("too long"), "{:?}", migration.unclear);
}
