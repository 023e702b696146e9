//! Where the hub listens, and what is said when it cannot.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Result, anyhow};
use bellboard_server::listen as listen_on;
use tokio::net::TcpListener;

/// Begins to listen.
pub async fn open(listen: &str) -> Result<TcpListener> {
    listen_on(listen)
        .await
        .map_err(|error| explain(listen, &error))
}

fn explain(listen: &str, error: &io::Error) -> anyhow::Error {
    let (host, port) = listen.rsplit_once(':').unwrap_or((listen, ""));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let next = port
                .parse::<u16>()
                .map_or(7718, |port| port.wrapping_add(1).max(1024));
            anyhow!(
                "Port {port} of {host} is in use. A hub that runs there already answers at http://{listen}; \
                 otherwise choose another port: bellboard up --listen {host}:{next}"
            )
        }
        io::ErrorKind::PermissionDenied => anyhow!(
            "Port {port} of {host} may not be used. Choose one above 1023: bellboard up --listen {host}:7717"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow!(
            "{host} is no address of this machine. For this machine only: bellboard up --listen 127.0.0.1:7717"
        ),
        _ => anyhow!(
            "`{listen}` cannot be listened on: {error}. The form is ADDRESS:PORT, such as 127.0.0.1:7717"
        ),
    }
}

/// The address under which this machine itself reaches the hub.
pub fn own_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_on_every_address_is_reached_over_loopback() {
        let table = [
            ("127.0.0.1:7717", "http://127.0.0.1:7717"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("10.0.0.7:7717", "http://10.0.0.7:7717"),
        ];
        for (address, url) in table {
            assert_eq!(own_url(address.parse().unwrap()), url);
        }
    }
}
