//! Turns names into the addresses that may be spoken to, and into no others: the connection goes to what was looked at
//! here, so a name that moves between the look and the connection (rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bellboard_core::delivery::{AllowList, Standing};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Nobody to speak to under this name. A name that does not exist is told the same, so that nobody can ask the hub which
/// names its networks know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAdmitted;

impl std::fmt::Display for NoAdmitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no address of this name may be spoken to")
    }
}

impl std::error::Error for NoAdmitted {}

/// A resolver that gives only admitted addresses.
pub struct Admitting {
    allowed: Arc<AllowList>,
    listed_only: bool,
}

impl Admitting {
    /// Public addresses and those of listed networks.
    pub fn public(allowed: &Arc<AllowList>) -> Self {
        Self {
            allowed: allowed.clone(),
            listed_only: false,
        }
    }

    /// Addresses of listed networks only.
    pub fn listed(allowed: &Arc<AllowList>) -> Self {
        Self {
            allowed: allowed.clone(),
            listed_only: true,
        }
    }
}

impl Resolve for Admitting {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, listed_only) = (self.allowed.clone(), self.listed_only);
        Box::pin(async move {
            let found = addresses_of(name.as_str(), &allowed, listed_only).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The admitted addresses of a name.
pub async fn addresses_of(
    name: &str,
    allowed: &AllowList,
    listed_only: bool,
) -> Result<Vec<SocketAddr>, NoAdmitted> {
    let found = tokio::net::lookup_host((name, 0)).await;
    admitted(
        found.map_err(|_| NoAdmitted)?.collect(),
        allowed,
        listed_only,
    )
}

/// What of these may be spoken to; never nothing.
fn admitted(
    found: Vec<SocketAddr>,
    allowed: &AllowList,
    listed_only: bool,
) -> Result<Vec<SocketAddr>, NoAdmitted> {
    let admitted: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| match allowed.standing(address.ip()) {
            Standing::Listed => true,
            Standing::Public => !listed_only,
            Standing::Refused => false,
        })
        .collect();
    if admitted.is_empty() {
        return Err(NoAdmitted);
    }
    Ok(admitted)
}

/// The address in a URL's host, when it is one: such a host is never resolved.
pub fn literal_in(host: &str) -> Option<IpAddr> {
    let host = host.strip_prefix('[').unwrap_or(host);
    host.strip_suffix(']').unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(addresses: &[&str]) -> Vec<SocketAddr> {
        let parsed = addresses.iter().map(|text| text.parse::<IpAddr>().unwrap());
        parsed.map(|address| (address, 0).into()).collect()
    }

    #[test]
    fn a_name_leads_to_its_admitted_addresses_only() {
        let list = AllowList::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mixed = found(&["127.0.0.1", "8.8.8.8", "10.0.0.1", "169.254.169.254", "::1"]);
        assert_eq!(
            admitted(mixed.clone(), &list, false),
            Ok(found(&["8.8.8.8", "10.0.0.1"]))
        );
        assert_eq!(admitted(mixed, &list, true), Ok(found(&["10.0.0.1"])));
        let private = found(&["127.0.0.1", "192.168.1.1"]);
        assert_eq!(admitted(private, &list, false), Err(NoAdmitted));
        assert_eq!(admitted(found(&["8.8.8.8"]), &list, true), Err(NoAdmitted));
        assert_eq!(admitted(Vec::new(), &list, false), Err(NoAdmitted));
    }

    #[test]
    fn a_host_that_is_an_address_is_recognised() {
        assert_eq!(literal_in("127.0.0.1"), "127.0.0.1".parse().ok());
        assert_eq!(literal_in("[::1]"), "::1".parse().ok());
        assert_eq!(literal_in("example.com"), None);
        assert_eq!(literal_in("127.1"), None, "a URL writes it out before");
    }
}
