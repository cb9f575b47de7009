//! A Nagios Core on the loopback address, and its status file.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use crate::receivers::work_directory::{WorkDirectory, is_root, program, run};

/// The main configuration file. `@` is replaced by the directory.
const MAIN: &str = "
log_file=@/var/log
cfg_file=@/objects.cfg
cfg_file=@/posemo.cfg
cfg_file=/etc/nagios4/objects/templates.cfg
cfg_file=/etc/nagios4/objects/timeperiods.cfg
cfg_file=/etc/nagios4/objects/contacts.cfg
cfg_file=/etc/nagios4/objects/commands.cfg
object_cache_file=@/var/cache
precached_object_file=@/var/precached
resource_file=@/resource.cfg
status_file=@/var/status.dat
status_update_interval=1
check_external_commands=1
command_file=@/rw/nagios.cmd
query_socket=@/rw/query
lock_file=@/var/pid
temp_file=@/var/tmp
temp_path=@/var
check_result_path=@/spool
check_result_reaper_frequency=1
state_retention_file=@/var/retention
retain_state_information=0
enable_notifications=0
check_for_updates=0
use_syslog=0
enable_flap_detection=0
service_freshness_check_interval=1
additional_freshness_latency=0
illegal_macro_output_chars=`~$&|'\"<>
illegal_object_name_chars=`~!$%^&*|'\"<>?,()=
";

/// A command that Debian's package defines in another file.
const AROUND: &str = "
define command {
  command_name  check-host-alive
  command_line  /bin/true
}
";

/// A running Nagios.
pub(in crate::receivers) struct Nagios {
    pub(super) directory: WorkDirectory,
}

impl Nagios {
    pub(in crate::receivers) fn new() -> Nagios {
        let directory = WorkDirectory::new();
        for name in ["var", "spool", "rw"] {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        Nagios { directory }
    }

    /// Verifies the definitions with `nagios4 -v`, and starts Nagios with them.
    pub(in crate::receivers) fn start(&mut self, definitions: &str, around: &str) {
        let directory = self.directory.path().display().to_string();
        self.directory.write("resource.cfg", "");
        self.directory.write("objects.cfg", &format!("{AROUND}{around}"));
        self.directory.write("posemo.cfg", definitions);
        // A minute of the definitions is one second.
        let main = self
            .directory
            .write("nagios.cfg", &format!("{}interval_length=1\n", MAIN.replace('@', &directory)));
        self.directory.give_to("nagios");
        let nagios = program("nagios4", "nagios4-core");
        let output = run(Command::new(&nagios).arg("-v").arg(&main));
        let is_valid = output.contains("Total Warnings: 0") && output.contains("Total Errors:   0");
        assert!(is_valid, "{output}");
        let user =
            if is_root() { "setpriv --reuid=nagios --regid=nagios --init-groups " } else { "" };
        self.directory.start(&format!("{user}{} '{}'", nagios.display(), main.display()));
        self.directory.wait_for("Nagios' command file", || self.pipe().exists().then_some(()));
        self.directory.wait_for("Nagios to read its configuration", || {
            self.directory.read("var/status.dat").contains("servicestatus {").then_some(())
        });
    }

    /// Stops Nagios if it runs, and starts it with other definitions.
    pub(in crate::receivers) fn restart(&mut self, definitions: &str) {
        self.directory.stop();
        let _ = std::fs::remove_file(self.directory.path().join("var/status.dat"));
        self.start(definitions, "");
    }

    pub(in crate::receivers) fn directory(&self) -> &WorkDirectory {
        &self.directory
    }

    pub(in crate::receivers) fn pipe(&self) -> PathBuf {
        self.directory.path().join("rw/nagios.cmd")
    }

    pub(in crate::receivers) fn spool(&self) -> PathBuf {
        self.directory.path().join("spool")
    }

    /// The status of all services, by `host!service`.
    pub(in crate::receivers) fn services(&self) -> HashMap<String, HashMap<String, String>> {
        let text = self.directory.read("var/status.dat");
        let blocks =
            text.split("servicestatus {").skip(1).filter_map(|block| block.split_once("\n\t}"));
        let fields = blocks.map(|(block, _)| {
            let lines = block.lines().filter_map(|line| line.trim_start().split_once('='));
            lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<HashMap<_, _>>()
        });
        fields
            .map(|fields| {
                (format!("{}!{}", fields["host_name"], fields["service_description"]), fields)
            })
            .collect()
    }

    /// Waits until the text of a service begins with `text`.
    pub(in crate::receivers) fn wait(&self, name: &str, text: &str) -> HashMap<String, String> {
        self.directory.wait_for(&format!("{name}: {text}"), || {
            let service = self.services().remove(name)?;
            service["plugin_output"].starts_with(text).then_some(service)
        })
    }
}
