//! `posemo test --bless`: which files it writes, and that all other bytes remain unchanged.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{golden, scripted, test, used};
use crate::catalog::Folder;

fn read(folder: &Folder, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap()
}

#[test]
fn the_findings_become_the_expected_findings() {
    let folder = Folder::new("test");
    used(&folder, "used");
    let rows = "rows = [{ name = 'a \"b\"', used = 96.0 }, { name = \"c\", used = 1.0 }]";
    folder.write(
        "used/cases/none.toml",
        &format!("# first\n  server=17 # old\n{rows} # rows\n# end"),
    );
    folder.write(
        "used/cases/other.toml",
        &format!("server = 17\nexpect = [ # why\n  {{ state = \"ok\" }}]   # so\n{rows}\n"),
    );
    folder.write("used/cases/holds.toml", "server = 17\nrows = []\nexpect = [ ]\n");
    folder.write("used/cases/broken.toml", "server = 17\nrows = [{ x = 1 }]\nexpect = []\n");
    fs::set_permissions(
        folder.path().join("used/cases/other.toml"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    golden("bless", &folder, &["used", "--offline", "--bless"]);
    let found = "[{ state = \"critical\", object = \"a \\\"b\\\"\", summary = \"a \\\"b\\\" used 96 % (critical above 95 %)\" }]";
    let none = format!("# first\n  server=17 # old\n{rows} # rows\nexpect = {found}\n# end");
    assert_eq!(read(&folder, "used/cases/none.toml"), none);
    assert_eq!(
        read(&folder, "used/cases/other.toml"),
        format!("server = 17\nexpect = {found}   # so\n{rows}\n")
    );
    assert_eq!(read(&folder, "used/cases/holds.toml"), "server = 17\nrows = []\nexpect = [ ]\n");
    assert_eq!(
        read(&folder, "used/cases/broken.toml"),
        "server = 17\nrows = [{ x = 1 }]\nexpect = []\n"
    );
    let mode =
        fs::metadata(folder.path().join("used/cases/other.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    fs::remove_file(folder.path().join("used/cases/broken.toml")).unwrap();
    let (code, out, _) = test(&folder, &["used", "--offline"]);
    assert_eq!(code, 0, "{out}");
    let files = fs::read_dir(folder.path().join("used/cases")).unwrap().count();
    assert_eq!(files, 3, "no temporary file remains");
}

#[test]
fn a_blessed_case_passes_with_any_text() {
    let folder = Folder::new("test");
    let script = "def check_context(docs, context):
    return [{\"summary\": \"\\033[31m \\\"x\\\" \\\\ \\u202e\\n''' \\\"\\\"\\\"\", \"severity\": \"error\",
             \"labels\": {\"object\": \"a.b\", \"wait event\": \"=}\", \"\": \"\\t\"}}]
";
    scripted(&folder, "hostile", script);
    let (code, out, _) = test(&folder, &["hostile", "--offline", "--bless"]);
    assert!(code == 0 && out.starts_with("bless hostile::no_rows\n"), "{out}");
    let case = read(&folder, "hostile/cases/no_rows.toml");
    assert!(
        case.starts_with(
            "server = 18\nrows = []\nexpect = [{ state = \"critical\", object = \"a.b\""
        ),
        "{case}"
    );
    assert!(!case.contains(['\u{1b}', '\u{202e}']), "{case:?}");
    assert_eq!(test(&folder, &["hostile", "--offline"]).0, 0, "{case}");
}

#[test]
fn a_case_that_cannot_be_blessed_is_unchanged() {
    let folder = Folder::new("test");
    scripted(&folder, "fails", "def check_context(docs, context):\n    return docs[9]\n");
    used(&folder, "used");
    let case = "server = 17\nrows = []\nexpect = [{ state = \"ok\" }]\n";
    folder.write("outside.toml", case);
    fs::create_dir_all(folder.path().join("used/cases")).unwrap();
    symlink("../../outside.toml", folder.path().join("used/cases/link.toml")).unwrap();
    folder.write("used/cases/tables.toml", "server = 17\nrows = []\n[[expect]]\nstate = \"ok\"\n");
    let (code, out, _) = test(&folder, &[".", "--offline", "--bless"]);
    for words in [
        "FAIL  fails::no_rows\n",
        "not blessed: the script failed",
        "not blessed: used/cases/link.toml is a symbolic link",
        "not blessed: the case has [[expect]]; write expect = [] instead",
    ] {
        assert!(code == 1 && out.contains(words), "{out}");
    }
    assert_eq!(read(&folder, "outside.toml"), case);
    assert!(!folder.path().join("fails/cases").exists());
    let (code, _, err) = test(&folder, &["--bless"]);
    assert!(code == 2 && err.contains("--bless writes into your own folders"), "{err}");
}

/// A folder of another user can contain a symbolic link where a file would be written.
#[test]
fn symbolic_links_are_not_followed() {
    let folder = Folder::new("test");
    let case = "server = 17\nrows = []\nexpect = [{ state = \"ok\" }]\n";
    for file in ["mine", "elsewhere/one.toml", "theirs/beside/cases/one.toml"] {
        folder.write(file, case);
    }
    for name in ["beside", "inside", "empty"] {
        used(&folder, &format!("theirs/{name}"));
    }
    fs::create_dir(folder.path().join("nothing")).unwrap();
    for (to, link) in [
        ("../../../mine", "theirs/beside/cases/one.toml~"),
        ("../../elsewhere", "theirs/inside/cases"),
        ("../../nothing", "theirs/empty/cases"),
    ] {
        symlink(to, folder.path().join(link)).unwrap();
    }
    let (_, out, _) = test(&folder, &["theirs", "--offline", "--bless"]);
    for (file, text) in [
        ("mine", case),
        ("elsewhere/one.toml", case),
        ("theirs/beside/cases/one.toml", "server = 17\nrows = []\nexpect = []\n"),
    ] {
        assert_eq!(read(&folder, file), text, "{file}\n{out}");
    }
    assert_eq!(fs::read_dir(folder.path().join("nothing")).unwrap().count(), 0, "{out}");
    assert!(out.contains("not blessed: theirs/inside/cases is a symbolic link"), "{out}");
    assert!(!folder.path().join("theirs/beside/cases/one.toml~").exists(), "{out}");
}
