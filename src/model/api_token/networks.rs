//! From where a token is taken, as people type it.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The most networks of one token.
pub const MOST: usize = 20;

/// Networks as they are kept, and a sentence for each that is kept otherwise than it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// The networks, in the order in which they were typed, each once.
    pub all: Vec<IpNet>,
    /// What was changed.
    pub notes: Vec<String>,
}

/// Networks and single addresses with blanks, commas or line ends between them. What stands behind a network's prefix is cut
/// off, an IPv4 network in IPv6's form becomes an IPv4 network.
///
/// # Errors
/// A sentence that names the first that is none, or says that there are too many.
pub fn parse(text: &str) -> Result<Networks, String> {
    let mut networks = Networks::default();
    let typed = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    for word in typed {
        let network = one(word).ok_or_else(|| {
            let word: String = word.chars().take(64).collect();
            format!("“{word}” is no network and no address. Write them as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32.")
        })?;
        let kept = plain(network);
        if kept != network {
            networks.notes.push(format!("“{word}” is kept as {kept}."));
        }
        if !networks.all.contains(&kept) {
            networks.all.push(kept);
        }
        if networks.all.len() > MOST {
            return Err(format!("At most {MOST} networks."));
        }
    }
    Ok(networks)
}

/// Whether an address is in one of `networks`, or there is none; an address that cannot be read is in none.
#[must_use]
pub fn take(networks: &[IpNet], address: &str) -> bool {
    if networks.is_empty() {
        return true;
    }
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let address = address.to_canonical();
    networks.iter().any(|network| plain(*network).contains(&address))
}

fn one(word: &str) -> Option<IpNet> {
    word.parse::<IpNet>().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Without host bits, and in the family in which addresses are compared.
fn plain(network: IpNet) -> IpNet {
    let network = network.trunc();
    let IpNet::V6(six) = network else { return network };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    let four = four.and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    four.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        parse(text).unwrap().all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn networks_and_addresses_of_both_families() {
        assert_eq!(
            texts(" 192.0.2.0/24,198.51.100.7\r\n2001:db8::/32 ; 2001:DB8::1 "),
            ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32", "2001:db8::1/128"]
        );
        assert!(texts(" \r\n ,").is_empty());
        assert_eq!(texts("0.0.0.0/0 ::/0"), ["0.0.0.0/0", "::/0"]);
    }

    #[test]
    fn what_is_kept_otherwise_is_said() {
        let networks = parse("192.0.2.7/24 192.0.2.0/24 ::ffff:192.0.2.0/120 2001:db8::1/32").unwrap();
        assert_eq!(networks.all.len(), 2);
        assert_eq!(
            networks.notes,
            [
                "“192.0.2.7/24” is kept as 192.0.2.0/24.",
                "“::ffff:192.0.2.0/120” is kept as 192.0.2.0/24.",
                "“2001:db8::1/32” is kept as 2001:db8::/32."
            ]
        );
    }

    #[test]
    fn addresses_and_networks_meet_in_either_form() {
        let networks = ["192.0.2.0/24", "2001:db8::1/128", "::ffff:198.51.100.0/120"].map(|text| text.parse().unwrap());
        for inside in ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9", "2001:db8::1", "198.51.100.9"] {
            assert!(take(&networks, inside), "{inside}");
        }
        for outside in ["192.0.3.0", "2001:db8::2", "198.51.101.0", "", "192.0.2.1:80"] {
            assert!(!take(&networks, outside), "{outside}");
        }
        assert!(take(&[], "203.0.113.1") && take(&[], ""));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in ["192.0.2.0/33", "192.0.2", "::/129", "example.com", "192.0.2.1-9", "192.0.2.0/24/1", "💥"] {
            assert!(parse(wrong).unwrap_err().starts_with(&format!("“{wrong}” is no network")), "{wrong}");
        }
        assert!(parse(&"x".repeat(10_000)).unwrap_err().len() < 300);
    }

    #[test]
    fn twenty_and_no_more() {
        let many = |count: usize| (0..count).map(|last| format!("192.0.2.{last}\n")).collect::<String>();
        assert_eq!(parse(&many(MOST)).unwrap().all.len(), MOST);
        assert_eq!(parse(&many(MOST + 1)), Err("At most 20 networks.".to_owned()));
        assert_eq!(parse(&"192.0.2.1 ".repeat(50)).unwrap().all.len(), 1);
    }
}
