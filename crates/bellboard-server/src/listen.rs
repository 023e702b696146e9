//! The socket that a hub listens on.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};

/// How many connections may wait to be accepted; a kernel may allow fewer. After a restart every open page comes back at
/// once, and whoever finds the queue full tries again only after a second.
const QUEUE: u32 = 4_096;

/// Begins to listen on the first address that can be had.
pub async fn listen(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut refused = io::Error::new(io::ErrorKind::InvalidInput, "it names no address");
    for address in lookup_host(addresses).await? {
        match listen_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A hub that ended a moment ago leaves connections behind, which keep no new one from its port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_crowd_that_comes_at_once_finds_room() {
        let listener = listen("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut crowd = Vec::new();
        // Nobody accepts meanwhile; in a short queue the last would wait for ever.
        for _ in 0..300 {
            crowd.push(TcpStream::connect(address).await.unwrap());
        }
        assert_eq!(crowd.len(), 300);
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_refused() {
        let first = listen("127.0.0.1:0").await.unwrap();
        let fault = listen(first.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(fault.kind(), io::ErrorKind::AddrInUse);
    }
}
