//! Which addresses may be connected to.
//!
//! Whoever may name an address could otherwise have this process ask what only it can reach: the cloud's metadata
//! service, which hands out credentials, or a neighbour without a password. The ranges are those of the IANA registries
//! of special-purpose addresses (RFC 6890), and the addresses of metadata services outside of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Of the Internet.
    Public,
    /// Of this machine or a network of one's own: reached where the operator says so.
    Private,
    /// Reached by nobody; the word says what it is.
    Never(&'static str),
}

/// The kind of an address; one that stands for an IPv4 address is of that one's kind.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, d] = address.octets();
    match (a, b, c, d) {
        // 169.254.169.254 and the container credentials of ECS and EKS are link-local. Azure's and Alibaba's are not.
        (168, 63, 129, 16) | (100, 100, 100, 200) => Reach::Never("a cloud's metadata address"),
        (169, 254, ..) => Reach::Never("a link-local address"),
        (0, ..) => Reach::Never("no address of a host"),
        (192, 0, 0, _) => Reach::Never("a reserved address"),
        (192, 0, 2, _) | (198, 51, 100, _) | (203, 0, 113, _) => Reach::Never("an address of examples"),
        (224..=239, ..) => Reach::Never("a multicast address"),
        (240..=255, ..) => Reach::Never("a reserved address"),
        // Carrier-grade NAT (RFC 6598) and benchmarks (RFC 2544) are networks of one's own, too.
        (127 | 10, ..) | (172, 16..=31, ..) | (192, 168, ..) | (100, 64..=127, ..) | (198, 18..=19, ..) => {
            Reach::Private
        }
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    /// Amazon's and Google's metadata services, which lie in the range of private addresses.
    const METADATA: [Ipv6Addr; 3] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    if METADATA.contains(&address) {
        return Reach::Never("a cloud's metadata address");
    }
    if address.is_loopback() {
        return Reach::Private;
    }
    let segments = address.segments();
    let [.., high, low] = segments;
    let embedded = |high: u16, low: u16| reach_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Never("no address of a host"),
        // IPv4-mapped (RFC 4291), and NAT64 (RFC 6052): networks without IPv4 reach all of it so.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => Reach::Private,
        // Other ways of writing an IPv4 address into one of IPv6, which nobody needs any more.
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x2002, ..] | [0x2001, 0, ..] => {
            Reach::Never("a translated address")
        }
        [0xfe80..=0xfebf, ..] => Reach::Never("a link-local address"),
        [0xff00..=0xffff, ..] => Reach::Never("a multicast address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Never("an address of examples"),
        [0x100, 0, 0, 0, ..] => Reach::Never("a reserved address"),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(addresses: &[&str]) -> Vec<Reach> {
        addresses
            .iter()
            .map(|address| reach(address.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_internet_is_reached_on_both_protocols() {
        for address in [
            "1.1.1.1",
            "93.184.215.14",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "168.63.129.17",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(reach(address.parse().unwrap()), Reach::Public, "{address}");
        }
    }

    #[test]
    fn networks_of_ones_own_are_told_apart() {
        let private = [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "::1",
            "fd12:3456::1",
            "fc00::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
        ];
        assert_eq!(reaches(&private), vec![Reach::Private; private.len()]);
    }

    #[test]
    fn metadata_and_link_local_addresses_are_reached_by_nobody_however_they_are_written() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "169.254.0.1",
            "168.63.129.16",
            "100.100.100.200",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fe80::1",
            "febf::1",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "2001:0:a9fe:a9fe::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "192.0.2.1",
            "2001:db8::1",
            "192.0.0.192",
        ] {
            assert!(
                matches!(reach(address.parse().unwrap()), Reach::Never(_)),
                "{address}"
            );
        }
    }
}
