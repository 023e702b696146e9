//! Which addresses the hub may speak to. Whoever may subscribe a webhook could otherwise make the hub ask the machines
//! that only it reaches (quality page, Access: outgoing HTTP). Everything that is not the public internet is refused,
//! and so is every form in which such an address is wrapped into another, unless the operator listed its network.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// No address, or no length after the slash.
    #[error("must be a network such as 10.0.0.0/8 or fd00::/8, or one address")]
    NoNetwork,
    /// Bits are set that the length leaves out: another network was meant, or another length.
    #[error("has bits beyond its length; the network of this length is {0}")]
    BitsBeyond(Network),
}

/// The networks that an operator opens beside the public internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Network>);

/// What a receiver's address is to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The operator listed its network: it may be spoken to, even without TLS.
    Listed,
    /// The public internet: it may be spoken to over TLS.
    Public,
    /// It may not be spoken to.
    Refused,
}

impl AllowList {
    /// A list of these networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// What this address is.
    pub fn standing(&self, address: IpAddr) -> Standing {
        let address = address.to_canonical();
        if self.0.iter().any(|network| network.holds(address)) {
            Standing::Listed
        } else if is_public(address) {
            Standing::Public
        } else {
            Standing::Refused
        }
    }
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            prefix,
        }
    }

    const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Self {
        Self {
            address: IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)),
            prefix,
        }
    }

    /// Whether the address lies in it; one of the other family never does.
    pub fn holds(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && self.base_of(address) == self.bits()
    }

    fn bits(self) -> u128 {
        bits(self.address)
    }

    /// The bits of an address that count in this network.
    fn base_of(self, address: IpAddr) -> u128 {
        let left_out = width(self.address) - u32::from(self.prefix);
        bits(address)
            .checked_shr(left_out)
            .and_then(|kept| kept.checked_shl(left_out))
            .unwrap_or(0)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl FromStr for Network {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkFault::NoNetwork)?;
        let whole = width(address);
        let prefix = match length {
            None => whole,
            Some(length) => length
                .parse()
                .ok()
                .filter(|prefix| *prefix <= whole)
                .ok_or(NetworkFault::NoNetwork)?,
        };
        let prefix = u8::try_from(prefix).map_err(|_| NetworkFault::NoNetwork)?;
        let network = Self { address, prefix };
        let base = network.base_of(address);
        if base == network.bits() {
            return Ok(network);
        }
        let address = match address {
            IpAddr::V4(_) => {
                Ipv4Addr::from_bits(u32::try_from(base).map_err(|_| NetworkFault::NoNetwork)?)
                    .into()
            }
            IpAddr::V6(_) => Ipv6Addr::from_bits(base).into(),
        };
        Err(NetworkFault::BitsBeyond(Self { address, prefix }))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// IANA's registry of special addresses, version 4, and one that a cloud keeps for its own machines among public ones.
const NOT_PUBLIC: [Network; 19] = [
    Network::v4(0, 0, 0, 0, 8),        // this host
    Network::v4(10, 0, 0, 0, 8),       // private
    Network::v4(100, 64, 0, 0, 10),    // shared by carriers; one cloud's metadata
    Network::v4(127, 0, 0, 0, 8),      // loopback
    Network::v4(168, 63, 129, 16, 32), // one cloud's metadata
    Network::v4(169, 254, 0, 0, 16),   // link-local: the metadata of most clouds
    Network::v4(172, 16, 0, 0, 12),    // private
    Network::v4(192, 0, 0, 0, 24),     // protocols
    Network::v4(192, 0, 2, 0, 24),     // documentation
    Network::v4(192, 31, 196, 0, 24),  // AS112
    Network::v4(192, 52, 193, 0, 24),  // AMT
    Network::v4(192, 88, 99, 0, 24),   // relays of 6to4
    Network::v4(192, 168, 0, 0, 16),   // private
    Network::v4(192, 175, 48, 0, 24),  // AS112
    Network::v4(198, 18, 0, 0, 15),    // benchmarks
    Network::v4(198, 51, 100, 0, 24),  // documentation
    Network::v4(203, 0, 113, 0, 24),   // documentation
    Network::v4(224, 0, 0, 0, 4),      // multicast
    Network::v4(240, 0, 0, 0, 4),      // reserved
];

/// What of version 6 is assigned to the public internet. Outside of it lie loopback, private, link-local and multicast
/// addresses, those of version 4 that are mapped or translated (NAT64), and whatever is assigned later.
const GLOBAL: Network = Network::v6(0x2000, 0, 0, 3);

/// What is not public in there.
const NOT_GLOBAL: [Network; 4] = [
    Network::v6(0x2001, 0, 0, 23), // protocols: Teredo, benchmarks, overlays
    Network::v6(0x2001, 0xdb8, 0, 32), // documentation
    Network::v6(0x2002, 0, 0, 16), // 6to4
    Network::v6(0x3fff, 0, 0, 20), // documentation
];

/// Whether anybody on the internet is reached at this address, and nobody else.
fn is_public(address: IpAddr) -> bool {
    let holds = |network: &Network| network.holds(address);
    match address {
        IpAddr::V4(_) => !NOT_PUBLIC.iter().any(holds),
        IpAddr::V6(_) => GLOBAL.holds(address) && !NOT_GLOBAL.iter().any(holds),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(networks: &[&str]) -> AllowList {
        let parsed = networks.iter().map(|text| text.parse().unwrap());
        AllowList::new(parsed.collect())
    }

    fn standing(address: &str) -> Standing {
        AllowList::default().standing(address.parse().unwrap())
    }

    #[test]
    fn what_is_not_the_public_internet_is_refused() {
        let refused = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd12:3456::1",
            "ff02::1",
            "100::1",
            "5f00::1",
            "4000::1",
            // Mapped.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            // Translated: NAT64 and its local form, whatever they hold.
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::808:808",
            "64:ff9b:1::808:808",
            // 6to4 and Teredo, whatever they hold.
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:808:808::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
        ];
        for address in refused {
            assert_eq!(standing(address), Standing::Refused, "{address}");
        }
    }

    #[test]
    fn the_public_internet_may_be_spoken_to() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00::1",
            "3ffe::1",
        ];
        for address in public {
            assert_eq!(standing(address), Standing::Public, "{address}");
        }
    }

    #[test]
    fn a_listed_network_is_open_in_every_form_of_its_addresses_that_is_the_same_address() {
        let list = list(&["127.0.0.0/8", "fd00::/8", "10.1.2.3"]);
        for (address, expected) in [
            ("127.0.0.1", Standing::Listed),
            ("127.9.9.9", Standing::Listed),
            ("::ffff:127.0.0.1", Standing::Listed),
            ("fd12::1", Standing::Listed),
            ("10.1.2.3", Standing::Listed),
            ("10.1.2.4", Standing::Refused),
            ("fc12::1", Standing::Refused),
            ("::1", Standing::Refused),
            ("64:ff9b::7f00:1", Standing::Refused),
            ("8.8.8.8", Standing::Public),
        ] {
            assert_eq!(
                list.standing(address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        let whole = super::AllowList::new(vec!["0.0.0.0/0".parse().unwrap()]);
        assert_eq!(
            whole.standing("10.0.0.1".parse().unwrap()),
            Standing::Listed
        );
        assert_eq!(whole.standing("::1".parse().unwrap()), Standing::Refused);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "fd00::/129",
            "localhost",
            "10.0.0/8",
        ] {
            assert_eq!(
                text.parse::<Network>(),
                Err(NetworkFault::NoNetwork),
                "{text}"
            );
        }
        let fault = "10.1.2.3/8".parse::<Network>().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "has bits beyond its length; the network of this length is 10.0.0.0/8"
        );
        let fault = "fd12::1/8".parse::<Network>().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "has bits beyond its length; the network of this length is fd00::/8"
        );
        for text in ["0.0.0.0/0", "::/0", "10.0.0.0/8", "::1/128"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn every_refused_network_is_refused_from_its_first_address_to_its_last() {
        let list = AllowList::default();
        for network in NOT_PUBLIC {
            let lowest = u32::try_from(network.bits()).unwrap();
            let highest = lowest | (u32::MAX.checked_shr(network.prefix.into()).unwrap_or(0));
            for number in [lowest, highest] {
                let address = Ipv4Addr::from_bits(number);
                assert_eq!(
                    list.standing(address.into()),
                    Standing::Refused,
                    "{address}"
                );
                assert!(network.holds(address.into()), "{address} in {network}");
            }
            // What lies beside it is another network's matter.
            for number in [lowest.checked_sub(1), highest.checked_add(1)] {
                let Some(address) = number.map(Ipv4Addr::from_bits) else {
                    continue;
                };
                assert!(!network.holds(address.into()), "{address} in {network}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_address_and_its_mapped_form_stand_alike(number in any::<u32>()) {
            let plain = Ipv4Addr::from_bits(number);
            let list = list(&["10.0.0.0/8"]);
            prop_assert_eq!(list.standing(plain.into()), list.standing(plain.to_ipv6_mapped().into()));
        }

        #[test]
        fn a_network_holds_what_begins_with_its_bits(number in any::<u32>(), prefix in 0_u8..=32, flipped in 0_u32..32) {
            let address = Ipv4Addr::from_bits(number);
            let base = if prefix == 0 { 0 } else { number >> (32 - prefix) << (32 - prefix) };
            let network: Network = format!("{}/{prefix}", Ipv4Addr::from_bits(base)).parse().unwrap();
            prop_assert!(network.holds(address.into()));
            let other = Ipv4Addr::from_bits(number ^ (1 << (31 - flipped)));
            prop_assert_eq!(network.holds(other.into()), flipped >= u32::from(prefix));
        }
    }
}
