//! Where each partition is reached: AWS's own hosts, or those of `[aws.partitions.*]`.

use std::collections::BTreeMap;

use url::{Host, Url};

use crate::config::{self, PartitionEndpoints};
use crate::model::destination::Console;
use crate::model::partition::Partition;

/// Endpoints in force. Real AWS and the sandbox differ by nothing but these.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    overrides: BTreeMap<&'static str, Override>,
    /// The regions of `aws.sts_regions`, in order.
    regions: Vec<(Partition, String)>,
    fips: bool,
}

#[derive(Clone, Debug, Default)]
struct Override {
    sts: Option<Url>,
    iam: Option<Url>,
    ecr: Option<Url>,
    codeartifact: Option<Url>,
    sts_regional: BTreeMap<String, Url>,
    signin: Option<Url>,
    console: Option<Url>,
}

impl Endpoints {
    /// Checks the configured endpoints (https, or http on loopback; no path) and regions.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn new(settings: &config::Aws) -> Result<Self, String> {
        let mut overrides = BTreeMap::new();
        for (name, endpoints) in &settings.partitions {
            let partition = Partition::parse(name).map_err(|sentence| format!("aws.partitions: {sentence}"))?;
            overrides.insert(partition.id(), Override::new(partition, endpoints)?);
        }
        let endpoints = Self { overrides, regions: regions(&settings.sts_regions)?, fips: settings.fips };
        for (partition, region) in &endpoints.regions {
            endpoints.sts(*partition, region).map_err(|sentence| format!("aws.sts_regions: {sentence}"))?;
        }
        Ok(endpoints)
    }

    fn of(&self, partition: Partition) -> Option<&Override> {
        self.overrides.get(partition.id())
    }

    /// STS of a region.
    ///
    /// # Errors
    /// A sentence, where only FIPS endpoints may be called and the region has none.
    pub fn sts(&self, partition: Partition, region: &str) -> Result<String, String> {
        let configured = self.of(partition).and_then(|o| o.sts_regional.get(region).or(o.sts.as_ref()));
        match configured {
            Some(url) => Ok(bare(url)),
            None if self.fips => partition.sts_fips_endpoint(region),
            None => Ok(partition.sts_endpoint(region)),
        }
    }

    /// Where a call goes first: the connector's own region, else the first of `aws.sts_regions` in the partition, else the
    /// partition's home region.
    #[must_use]
    pub fn first_region(&self, partition: Partition, own: Option<&str>) -> String {
        let listed = self.regions.iter().find(|(of, _)| *of == partition).map(|(_, region)| region.as_str());
        own.or(listed).unwrap_or(partition.home_region()).to_owned()
    }

    /// The regions that a call may go to, `first` before those of `aws.sts_regions`, with their addresses; no address twice.
    ///
    /// # Errors
    /// As [`Endpoints::sts`], of `first`.
    pub fn sts_stations(&self, partition: Partition, first: &str) -> Result<Vec<(String, String)>, String> {
        let mut stations = vec![(first.to_owned(), self.sts(partition, first)?)];
        for (_, region) in self.regions.iter().filter(|(of, _)| *of == partition) {
            let address = self.sts(partition, region)?;
            if stations.iter().all(|(_, known)| *known != address) {
                stations.push((region.clone(), address));
            }
        }
        Ok(stations)
    }

    /// The addresses that stand in place of AWS's own, as (setting, address).
    #[must_use]
    pub fn overridden(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (partition, over) in &self.overrides {
            let mut add = |key: &str, url: &Url| {
                all.push((format!("aws.partitions.{partition}.{key}"), bare(url)));
            };
            for (key, url) in [
                ("sts_endpoint", &over.sts),
                ("iam_endpoint", &over.iam),
                ("ecr_endpoint", &over.ecr),
                ("codeartifact_endpoint", &over.codeartifact),
                ("signin_endpoint", &over.signin),
                ("console_endpoint", &over.console),
            ] {
                url.iter().for_each(|url| add(key, url));
            }
            for (region, url) in &over.sts_regional {
                add(&format!("sts_regional_endpoints.{region}"), url);
            }
        }
        all
    }

    /// IAM, which each partition has once.
    #[must_use]
    pub fn iam(&self, partition: Partition) -> String {
        let configured = self.of(partition).and_then(|o| o.iam.as_ref());
        configured.map_or_else(|| partition.iam_endpoint().to_owned(), bare)
    }

    /// ECR's API of a region.
    ///
    /// # Errors
    /// As [`Endpoints::sts`].
    pub fn ecr(&self, partition: Partition, region: &str) -> Result<String, String> {
        match self.of(partition).and_then(|o| o.ecr.as_ref()) {
            Some(url) => Ok(bare(url)),
            None if self.fips => partition.ecr_fips_endpoint(region),
            None => Ok(partition.ecr_endpoint(region)),
        }
    }

    /// CodeArtifact of a region.
    ///
    /// # Errors
    /// A sentence, where only FIPS endpoints may be called: it has none.
    pub fn codeartifact(&self, partition: Partition, region: &str) -> Result<String, String> {
        match self.of(partition).and_then(|o| o.codeartifact.as_ref()) {
            Some(url) => Ok(bare(url)),
            None if self.fips => Err("CodeArtifact has no FIPS endpoint.".to_owned()),
            None => Ok(partition.codeartifact_endpoint(region)),
        }
    }

    /// The federation endpoint.
    #[must_use]
    pub fn federation(&self, partition: Partition) -> String {
        match self.of(partition).and_then(|o| o.signin.as_ref()) {
            Some(url) => format!("{}/federation", bare(url)),
            None => format!("https://{}/federation", partition.signin_host()),
        }
    }

    /// The console that destinations are checked against.
    ///
    /// # Errors
    /// A sentence, where the partition's own host is no URL (which a test rules out).
    pub fn console(&self, partition: Partition) -> Result<Console, String> {
        let (origin, regional) = match self.of(partition).and_then(|o| o.console.clone()) {
            Some(url) => (url, false),
            None => {
                let url = format!("https://{}/", partition.console_domain());
                (Url::parse(&url).map_err(|error| error.to_string())?, true)
            }
        };
        Ok(Console { origin, regional, home_region: partition.home_region() })
    }

    /// What `form-action` lists so that "Open console" may end at AWS: every host of the redirect chain, since browsers
    /// check each of them.
    #[must_use]
    pub fn form_actions(&self) -> Vec<String> {
        let mut sources: Vec<String> = Vec::new();
        for partition in Partition::ALL {
            let configured = self.of(partition);
            if configured.is_none_or(|o| o.signin.is_none() || o.console.is_none()) {
                sources.push(partition.form_action().to_owned());
            }
            for url in configured.into_iter().flat_map(|o| [&o.signin, &o.console]).flatten() {
                sources.push(url.origin().ascii_serialization());
            }
        }
        sources
    }
}

impl Override {
    fn new(partition: Partition, endpoints: &PartitionEndpoints) -> Result<Self, String> {
        let named =
            |key: &str, value: &str| check(value).map_err(|why| format!("aws.partitions.{partition}.{key}: {why}"));
        let at = |key: &str, value: &Option<String>| value.as_deref().map(|value| named(key, value)).transpose();
        let mut sts_regional = BTreeMap::new();
        for (region, address) in &endpoints.sts_regional_endpoints {
            // Variables cannot have a hyphen.
            let region = region.replace('_', "-");
            let key = format!("sts_regional_endpoints.{region}");
            if !partition.has_region(&region) {
                return Err(format!("aws.partitions.{partition}.{key}: “{region}” is no region of {partition}."));
            }
            sts_regional.insert(region, named(&key, address)?);
        }
        Ok(Self {
            sts: at("sts_endpoint", &endpoints.sts_endpoint)?,
            iam: at("iam_endpoint", &endpoints.iam_endpoint)?,
            ecr: at("ecr_endpoint", &endpoints.ecr_endpoint)?,
            codeartifact: at("codeartifact_endpoint", &endpoints.codeartifact_endpoint)?,
            sts_regional,
            signin: at("signin_endpoint", &endpoints.signin_endpoint)?,
            console: at("console_endpoint", &endpoints.console_endpoint)?,
        })
    }
}

/// Without the slash at its end.
fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn regions(names: &[String]) -> Result<Vec<(Partition, String)>, String> {
    let find = |name: &String| {
        let partition = Partition::ALL.into_iter().find(|partition| partition.has_region(name));
        let partition = partition.ok_or_else(|| format!("aws.sts_regions: “{name}” is no region."))?;
        Ok((partition, name.clone()))
    };
    names.iter().map(find).collect()
}

fn check(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("“{text}” is no address ({error})."))?;
    if url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(format!("“{text}” must be scheme and host only, for example https://sts.eu-west-1.amazonaws.com."));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(format!("“{text}” must begin with https:// (http:// only on this machine itself).")),
    }
}

/// Whether a URL leads to this machine itself.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for right in ["https://sts.example.test", "http://127.0.0.1:1", "http://localhost:2", "http://[::1]:3"] {
            assert!(check(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://sts.example.test",
            "ftp://127.0.0.1",
            "https://x/path",
            "https://u:p@x",
            "nonsense",
            "http://127.0.0.1.evil",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }

    fn with(settings: config::Aws) -> Result<Endpoints, String> {
        Endpoints::new(&settings)
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn regions_are_tried_in_order_and_no_address_twice() {
        let mut settings =
            config::Aws { sts_regions: texts(&["eu-west-1", "cn-north-1", "eu-central-1"]), ..Default::default() };
        let endpoints = with(settings.clone()).unwrap();
        assert_eq!(endpoints.first_region(Partition::Aws, None), "eu-west-1");
        assert_eq!(endpoints.first_region(Partition::Aws, Some("us-west-2")), "us-west-2");
        assert_eq!(endpoints.first_region(Partition::AwsCn, None), "cn-north-1");
        assert_eq!(endpoints.first_region(Partition::AwsUsGov, None), "us-gov-west-1");
        let regions = |first: &str| -> Vec<String> {
            endpoints.sts_stations(Partition::Aws, first).unwrap().into_iter().map(|(region, _)| region).collect()
        };
        assert_eq!(regions("us-west-2"), ["us-west-2", "eu-west-1", "eu-central-1"]);
        assert_eq!(regions("eu-central-1"), ["eu-central-1", "eu-west-1"]);
        let one = PartitionEndpoints { sts_endpoint: Some("https://sts.example".to_owned()), ..Default::default() };
        settings.partitions.insert("aws".to_owned(), one);
        let endpoints = with(settings.clone()).unwrap();
        assert_eq!(endpoints.sts_stations(Partition::Aws, "eu-west-1").unwrap().len(), 1);
        settings.sts_regions = texts(&["eu-nowhere"]);
        assert!(with(settings).unwrap_err().contains("“eu-nowhere” is no region"));
    }

    #[test]
    fn fips_is_refused_where_there_is_none_unless_an_address_is_set() {
        let endpoints = with(config::Aws { fips: true, ..Default::default() }).unwrap();
        let sts = |partition, region| endpoints.sts(partition, region);
        assert_eq!(sts(Partition::Aws, "us-east-2").unwrap(), "https://sts-fips.us-east-2.amazonaws.com");
        assert_eq!(sts(Partition::AwsUsGov, "us-gov-east-1").unwrap(), "https://sts.us-gov-east-1.amazonaws.com");
        for (partition, region) in [(Partition::Aws, "eu-west-1"), (Partition::AwsCn, "cn-north-1")] {
            assert!(sts(partition, region).unwrap_err().contains(region));
        }
        let mut settings = config::Aws { fips: true, sts_regions: texts(&["eu-west-1"]), ..Default::default() };
        assert!(with(settings.clone()).unwrap_err().starts_with("aws.sts_regions: STS has no FIPS endpoint"));
        let address = ("eu_west_1".to_owned(), "https://fips.example".to_owned());
        let regional = PartitionEndpoints { sts_regional_endpoints: [address].into(), ..Default::default() };
        settings.partitions.insert("aws".to_owned(), regional);
        let endpoints = with(settings).unwrap();
        assert_eq!(endpoints.sts(Partition::Aws, "eu-west-1").unwrap(), "https://fips.example");
        let shown = endpoints.overridden();
        assert_eq!(shown[0].0, "aws.partitions.aws.sts_regional_endpoints.eu-west-1");
    }

    #[test]
    fn registries_are_where_their_partition_has_them() {
        let ecr =
            |fips, partition, region| with(config::Aws { fips, ..Default::default() }).unwrap().ecr(partition, region);
        for (partition, region, host) in [
            (Partition::Aws, "eu-west-1", "api.ecr.eu-west-1.amazonaws.com"),
            (Partition::AwsCn, "cn-north-1", "api.ecr.cn-north-1.amazonaws.com.cn"),
            (Partition::AwsUsGov, "us-gov-west-1", "api.ecr.us-gov-west-1.amazonaws.com"),
            (Partition::AwsEusc, "eusc-de-east-1", "api.ecr.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(ecr(false, partition, region).unwrap(), format!("https://{host}"));
            let codeartifact = Endpoints::default().codeartifact(partition, region).unwrap();
            assert_eq!(codeartifact, format!("https://{}", host.replace("api.ecr", "codeartifact")));
        }
        assert_eq!(ecr(true, Partition::Aws, "us-west-1").unwrap(), "https://ecr-fips.us-west-1.amazonaws.com");
        assert_eq!(
            ecr(true, Partition::AwsUsGov, "us-gov-east-1").unwrap(),
            "https://ecr-fips.us-gov-east-1.amazonaws.com"
        );
        assert!(
            ecr(true, Partition::Aws, "eu-west-1").unwrap_err().starts_with("ECR has no FIPS endpoint in eu-west-1")
        );
        let mut settings = config::Aws { fips: true, ..Default::default() };
        let fips = with(settings.clone()).unwrap();
        assert_eq!(fips.codeartifact(Partition::Aws, "us-east-1").unwrap_err(), "CodeArtifact has no FIPS endpoint.");
        let own = |text: &str| Some(text.to_owned());
        let one = PartitionEndpoints {
            ecr_endpoint: own("https://ecr.example"),
            codeartifact_endpoint: own("http://127.0.0.1:9"),
            ..Default::default()
        };
        settings.partitions.insert("aws".to_owned(), one.clone());
        let endpoints = with(settings.clone()).unwrap();
        assert_eq!(endpoints.ecr(Partition::Aws, "eu-west-1").unwrap(), "https://ecr.example");
        assert_eq!(endpoints.codeartifact(Partition::Aws, "eu-west-1").unwrap(), "http://127.0.0.1:9");
        assert_eq!(endpoints.overridden()[1].0, "aws.partitions.aws.codeartifact_endpoint");
        for plain in ["http://ecr.example", "https://ecr.example/path"] {
            let one = PartitionEndpoints { ecr_endpoint: own(plain), ..one.clone() };
            settings.partitions.insert("aws".to_owned(), one);
            assert!(with(settings.clone()).unwrap_err().starts_with("aws.partitions.aws.ecr_endpoint"), "{plain}");
        }
    }

    #[test]
    fn every_partition_has_a_console() {
        let endpoints = Endpoints::default();
        for partition in Partition::ALL {
            assert!(endpoints.console(partition).is_ok());
            assert!(endpoints.federation(partition).starts_with("https://"));
        }
        assert_eq!(endpoints.form_actions().len(), 4);
    }
}
