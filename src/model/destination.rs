//! Where a console sign-in may lead: nowhere but AWS's console, else the portal were an open redirector with a live
//! session.

use url::{Host, Url};

/// The console that destinations are checked against: AWS's own of a partition, or the configured one of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// `https://console.aws.amazon.com` or an override; scheme, host and port.
    pub origin: Url,
    /// Whether the host is AWS's, where one region label may stand in front of it.
    pub regional: bool,
    /// The region whose console has no label in front.
    pub home_region: &'static str,
}

/// Resolves what somebody asked to open into a full URL.
///
/// `typed` may be empty (the console's start page), a path (`/ec2/v2/home`), or a full URL. It must end at the
/// console's own host, or at one region label in front of it; a pasted multi-session prefix (`<12 digits>-<8 characters>.`)
/// is cut off where its account is `account_id`.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn resolve(console: &Console, typed: &str, region: &str, account_id: Option<&str>) -> Result<Url, String> {
    let typed = typed.trim();
    let wrong = |why: &str| Err(format!("This destination cannot be opened: {why}."));
    if typed.len() > 2048 {
        return wrong("it is longer than 2,048 characters");
    }
    if typed.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return wrong("it has blanks, backslashes or control characters");
    }
    if typed.is_empty() || (typed.starts_with('/') && !typed.starts_with("//")) {
        return at_region(console, if typed.is_empty() { "/console/home" } else { typed }, region);
    }
    let Ok(mut url) = Url::parse(typed) else {
        return wrong("it is neither a path that begins with / nor a full https address");
    };
    // Only a stand-in for AWS is at another scheme, and at a port.
    let at_console = url.scheme() == console.origin.scheme() && url.port() == console.origin.port();
    if !at_console && console.origin.scheme() != "https" {
        return wrong("it is not at the console that stands in for AWS's here");
    }
    if url.scheme() != console.origin.scheme() {
        return wrong("it must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("it carries a user name");
    }
    if url.port() != console.origin.port() {
        return wrong("it names a port");
    }
    let (Some(host), Some(base)) = (url.host_str().map(str::to_owned), console.origin.host_str()) else {
        return wrong("it names no host");
    };
    let host = without_session_prefix(&host, account_id)?;
    let label = host.strip_suffix(base).and_then(|front| front.strip_suffix('.'));
    let right =
        host == base || (console.regional && host.ends_with(&format!(".{base}")) && label.is_some_and(is_region_label));
    if !right {
        return wrong(&format!("it must lie at {base}"));
    }
    url.set_host(Some(&host)).map_err(|error| format!("This destination cannot be opened: {error}."))?;
    Ok(url)
}

/// `path` at the region's own console host: the region in the browser's storage cannot be relied on after a federated
/// sign-in.
fn at_region(console: &Console, path: &str, region: &str) -> Result<Url, String> {
    let mut url = console.origin.join(path).map_err(|error| format!("This destination cannot be opened: {error}."))?;
    if url.origin() != console.origin.origin() {
        return Err("This destination cannot be opened: it leaves the console.".to_owned());
    }
    if console.regional && region != console.home_region && is_region_label(region) {
        let host = format!("{region}.{}", console.origin.host_str().unwrap_or_default());
        url.set_host(Some(&host)).map_err(|error| format!("This destination cannot be opened: {error}."))?;
    }
    if !region.is_empty() && !url.query_pairs().any(|(name, _)| name == "region") {
        url.query_pairs_mut().append_pair("region", region);
    }
    Ok(url)
}

/// One label that is shaped like a region: `eu-west-1`, `us-gov-east-1`.
fn is_region_label(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let (Some(last), true) = (parts.last(), (3..=4).contains(&parts.len())) else { return false };
    matches!(last.len(), 1 | 2)
        && last.bytes().all(|b| b.is_ascii_digit())
        && parts[..parts.len() - 1].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Cuts `<12 digits>-<8 characters>.` off the front of a host that was copied from a multi-session console.
fn without_session_prefix(host: &str, account_id: Option<&str>) -> Result<String, String> {
    let Some((label, rest)) = host.split_once('.') else { return Ok(host.to_owned()) };
    let Some((account, tail)) = label.split_once('-') else { return Ok(host.to_owned()) };
    if !super::policy::is_account(account) || tail.len() != 8 || !tail.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(host.to_owned());
    }
    if account_id == Some(account) {
        return Ok(rest.to_owned());
    }
    Err(format!("This destination belongs to account {account}, not to this connector's."))
}

/// Whether `url` lies in the table of console services that a link may open without asking.
#[must_use]
pub fn is_known_service(url: &Url) -> bool {
    // Pages that act on their query (CloudFormation's quick-create for one) are not in it: they are named by their
    // start pages alone, and a query other than the region is asked about.
    const SERVICES: [&str; 16] = [
        "/console/home",
        "/ec2/v2/home",
        "/iamv2/home",
        "/lambda/home",
        "/s3/home",
        "/cloudwatch/home",
        "/dynamodbv2/home",
        "/rds/home",
        "/eks/home",
        "/ecs/home",
        "/route53/v2/home",
        "/billing/home",
        "/cost-management/home",
        "/systems-manager/home",
        "/sqs/v2/home",
        "/vpcconsole/home",
    ];
    SERVICES.contains(&url.path())
        && url.fragment().is_none()
        && url.query_pairs().all(|(name, _)| name == "region")
        && matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aws() -> Console {
        Console {
            origin: Url::parse("https://console.aws.amazon.com").unwrap(),
            regional: true,
            home_region: "us-east-1",
        }
    }

    fn open(typed: &str) -> Result<String, String> {
        resolve(&aws(), typed, "eu-west-1", Some("123456789012")).map(String::from)
    }

    #[test]
    fn what_may_be_opened() {
        for (typed, opened) in [
            ("", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"),
            ("/ec2/v2/home", "https://eu-west-1.console.aws.amazon.com/ec2/v2/home?region=eu-west-1"),
            (
                "/ec2/v2/home?region=us-west-2#Instances:",
                "https://eu-west-1.console.aws.amazon.com/ec2/v2/home?region=us-west-2#Instances:",
            ),
            ("https://console.aws.amazon.com/s3/home", "https://console.aws.amazon.com/s3/home"),
            ("https://us-gov-east-1.console.aws.amazon.com/", "https://us-gov-east-1.console.aws.amazon.com/"),
            (
                "https://123456789012-abcd1234.eu-west-1.console.aws.amazon.com/s3",
                "https://eu-west-1.console.aws.amazon.com/s3",
            ),
        ] {
            assert_eq!(open(typed).as_deref(), Ok(opened), "{typed}");
        }
        let home = resolve(&aws(), "", "us-east-1", None).map(String::from);
        assert_eq!(home.as_deref(), Ok("https://console.aws.amazon.com/console/home?region=us-east-1"));
    }

    #[test]
    fn what_may_not() {
        for typed in [
            "https://evil.example",
            "//evil",
            "//evil.example/console/home",
            "https://console.aws.amazon.com.evil",
            "https://console.aws.amazon.com.evil.example/",
            "https://evilconsole.aws.amazon.com/",
            "https://evil.console.aws.amazon.com/",
            "https://a.eu-west-1.console.aws.amazon.com/",
            "https://quicksight.aws.amazon.com/",
            "https://signin.aws.amazon.com/oauth",
            "http://console.aws.amazon.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@console.aws.amazon.com/",
            "https://console.aws.amazon.com:444/",
            "https://console.aws.amazon.com\\@evil.example",
            "\\\\evil",
            "/\\evil",
            "/\tevil",
            "https://сonsole.aws.amazon.com/",
            "https://210987654321-abcd1234.eu-west-1.console.aws.amazon.com/",
            "console.aws.amazon.com",
        ] {
            assert!(open(typed).is_err(), "{typed} gave {:?}", open(typed));
        }
    }

    proptest! {
        #[test]
        fn nothing_leaves_the_console(typed in "\\PC{0,120}") {
            if let Ok(url) = resolve(&aws(), &typed, "eu-west-1", None) {
                let host = url.host_str().unwrap_or_default().to_owned();
                prop_assert!(host == "console.aws.amazon.com" || host.ends_with(".console.aws.amazon.com"), "{}", host);
                prop_assert_eq!(url.scheme(), "https");
            }
        }

        #[test]
        fn nothing_of_an_authority_leaves_the_console(host in "[a-z@:/\\\\.#?%-]{0,40}") {
            for typed in [format!("https://{host}console.aws.amazon.com/"), format!("https://console.aws.amazon.com{host}")] {
                if let Ok(url) = resolve(&aws(), &typed, "eu-west-1", None) {
                    let host = url.host_str().unwrap_or_default().to_owned();
                    prop_assert!(host == "console.aws.amazon.com" || host.strip_suffix(".console.aws.amazon.com").is_some_and(is_region_label), "{}", host);
                }
            }
        }
    }

    #[test]
    fn only_plain_start_pages_open_without_asking() {
        let known = |path: &str| is_known_service(&resolve(&aws(), path, "eu-west-1", None).unwrap());
        assert!(known("/ec2/v2/home"));
        assert!(!known("/cloudformation/home?region=eu-west-1#/stacks/quickcreate?templateURL=x"));
        assert!(!known("/ec2/v2/home?launch=1"));
        assert!(!known("/ec2/v2/home#Instances"));
        assert!(!known("/anything"));
    }
}
