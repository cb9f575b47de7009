//! The protocol of `sd_notify(3)`, with a socket of the test in the place of systemd's.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use super::{Serving, on_port};
use crate::ports::DEAD;
use crate::waiting::patience;

/// Waits for a message that contains a text. Returns the messages until then.
fn wait_for(socket: &UnixDatagram, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).unwrap_or_else(|error| {
            panic!("no message {text}: {error}; until now {all:?}");
        });
        let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
        let found = message.contains(text);
        all.push(message);
        if found {
            return all;
        }
    }
}

#[test]
fn systemd_hears_each_change() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(patience())).unwrap();
    let settings = on_port("db1", DEAD);
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "2000000")];
    let mut serving = Serving::with(&settings, &[], &environment);
    assert_eq!(wait_for(&socket, "READY=1"), ["READY=1"]);
    for _ in 0..3 {
        wait_for(&socket, "WATCHDOG=1");
    }
    for text in [settings.as_str(), "[[["] {
        serving.write(text);
        serving.signal("-HUP");
        let reloading = wait_for(&socket, "RELOADING=1").pop().unwrap();
        let (_, time) = reloading.split_once("\nMONOTONIC_USEC=").unwrap();
        assert!(time.parse::<u64>().unwrap() > 0, "{reloading}");
        wait_for(&socket, "READY=1");
    }
    serving.signal("-TERM");
    wait_for(&socket, "STOPPING=1");
    assert_eq!(serving.ended(), Some(0));
    socket.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    assert!(socket.recv(&mut [0; 64]).is_err(), "nothing after the end");

    // A watchdog for another process is not fed.
    let other = [environment[0], environment[1], ("WATCHDOG_PID", "1")];
    socket.set_read_timeout(Some(patience())).unwrap();
    let serving = Serving::with(&settings, &[], &other);
    wait_for(&socket, "READY=1");
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    assert!(socket.recv(&mut [0; 64]).is_err(), "no watchdog");
    drop(serving);
}
