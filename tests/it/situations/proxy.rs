//! A proxy that refuses startup options as poolers do, and otherwise passes everything on.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;

/// The requests for TLS and for GSSAPI encryption.
const ENCRYPTION: [[u8; 4]; 2] = [[0x04, 0xd2, 0x16, 0x2f], [0x04, 0xd2, 0x16, 0x30]];

/// Starts a proxy before a server's socket; returns its port. It refuses with this SQLSTATE and message.
pub(super) fn start(socket: PathBuf, sqlstate: &'static str, message: &'static str) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, socket) = (client.unwrap(), socket.clone());
            thread::spawn(move || serve(client, &socket, sqlstate, message));
        }
    });
    port
}

fn serve(mut client: TcpStream, socket: &std::path::Path, sqlstate: &str, message: &str) {
    let packet = loop {
        let Some(packet) = startup_packet(&mut client) else { return };
        if packet.get(4..8).is_some_and(|code| ENCRYPTION.iter().any(|known| known == code)) {
            client.write_all(b"N").unwrap();
        } else {
            break packet;
        }
    };
    if packet[8..].windows(9).any(|part| part == b"\0options\0")
        || packet[8..].starts_with(b"options\0")
    {
        let text = format!("SFATAL\0VFATAL\0C{sqlstate}\0M{message}\0\0");
        let length = u32::try_from(text.len() + 4).unwrap().to_be_bytes();
        let answer = [b"E".as_slice(), &length, text.as_bytes()].concat();
        let _ = client.write_all(&answer);
        return;
    }
    let mut server = UnixStream::connect(socket).unwrap();
    server.write_all(&packet).unwrap();
    let (mut from_client, mut to_server) =
        (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}

/// The first packet of a client, with its length.
fn startup_packet(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut packet = vec![0; 4];
    client.read_exact(&mut packet).ok()?;
    let length = usize::try_from(u32::from_be_bytes(packet[..4].try_into().unwrap())).unwrap();
    packet.resize(length, 0);
    client.read_exact(&mut packet[4..]).ok()?;
    Some(packet)
}
