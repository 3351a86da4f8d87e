//! AWS partitions and the hosts of each.
//!
//! Hosts: the botocore endpoint model of 2026 and the IAM User Guide, "Enabling custom identity broker access to the
//! AWS console".

use std::fmt;

/// A part of AWS with accounts, ARNs and hosts of its own. No credentials of one are valid in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// The European Sovereign Cloud.
    AwsEusc,
}

impl Partition {
    /// Every partition that Daypass knows, in the order in which pages list them.
    pub const ALL: [Self; 4] = [Self::Aws, Self::AwsCn, Self::AwsUsGov, Self::AwsEusc];

    /// The partition's id, as it stands in ARNs and in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Aws => "AWS (commercial)",
            Self::AwsCn => "AWS China",
            Self::AwsUsGov => "AWS GovCloud (US)",
            Self::AwsEusc => "AWS European Sovereign Cloud",
        }
    }

    /// The region that is used where none is chosen.
    #[must_use]
    pub const fn home_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsCn => "cn-northwest-1",
            Self::AwsUsGov => "us-gov-west-1",
            Self::AwsEusc => "eusc-de-east-1",
        }
    }

    /// The console's domain: destinations lie on it or on one region label in front of it.
    #[must_use]
    pub const fn console_domain(self) -> &'static str {
        match self {
            Self::Aws => "console.aws.amazon.com",
            Self::AwsCn => "console.amazonaws.cn",
            Self::AwsUsGov => "console.amazonaws-us-gov.com",
            Self::AwsEusc => "console.amazonaws-eusc.eu",
        }
    }

    /// The host of the federation endpoint.
    #[must_use]
    pub const fn signin_host(self) -> &'static str {
        match self {
            Self::Aws => "signin.aws.amazon.com",
            Self::AwsCn => "signin.amazonaws.cn",
            Self::AwsUsGov => "signin.amazonaws-us-gov.com",
            Self::AwsEusc => "eusc-de-east-1.signin.amazonaws-eusc.eu",
        }
    }

    /// What a Content-Security-Policy's `form-action` has to list, so that a form may end at this partition's console.
    #[must_use]
    pub const fn form_action(self) -> &'static str {
        match self {
            Self::Aws => "https://*.aws.amazon.com",
            Self::AwsCn => "https://*.amazonaws.cn",
            Self::AwsUsGov => "https://*.amazonaws-us-gov.com",
            Self::AwsEusc => "https://*.amazonaws-eusc.eu",
        }
    }

    /// What the hosts of its services end with.
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
        }
    }

    /// The regional STS endpoint. Regional, because tokens of the global one are not valid in opt-in regions.
    #[must_use]
    pub fn sts_endpoint(self, region: &str) -> String {
        format!("https://sts.{region}.{}", self.dns_suffix())
    }

    /// ECR's API of a region.
    #[must_use]
    pub fn ecr_endpoint(self, region: &str) -> String {
        format!("https://api.ecr.{region}.{}", self.dns_suffix())
    }

    /// CodeArtifact of a region; not every region has it.
    #[must_use]
    pub fn codeartifact_endpoint(self, region: &str) -> String {
        format!("https://codeartifact.{region}.{}", self.dns_suffix())
    }

    /// The IAM endpoint; requests to it are signed for [`Self::iam_region`].
    #[must_use]
    pub const fn iam_endpoint(self) -> &'static str {
        match self {
            Self::Aws => "https://iam.amazonaws.com",
            Self::AwsCn => "https://iam.cn-north-1.amazonaws.com.cn",
            Self::AwsUsGov => "https://iam.us-gov.amazonaws.com",
            Self::AwsEusc => "https://iam.eusc-de-east-1.amazonaws.eu",
        }
    }

    /// The region that requests to IAM are signed for.
    #[must_use]
    pub const fn iam_region(self) -> &'static str {
        match self {
            Self::AwsCn => "cn-north-1",
            _ => self.home_region(),
        }
    }

    /// The STS endpoint of a region whose cryptography is validated (FIPS 140). In GovCloud it is the usual one.
    ///
    /// # Errors
    /// A sentence, where the region has none.
    pub fn sts_fips_endpoint(self, region: &str) -> Result<String, String> {
        match self {
            Self::AwsUsGov => Ok(self.sts_endpoint(region)),
            Self::Aws if VALIDATED.contains(&region) => Ok(format!("https://sts-fips.{region}.amazonaws.com")),
            Self::Aws | Self::AwsCn | Self::AwsEusc => Err(not_validated("STS", region)),
        }
    }

    /// The same of ECR's API (General Reference, "Amazon ECR endpoints and quotas"). CodeArtifact has none anywhere.
    ///
    /// # Errors
    /// A sentence, where the region has none.
    pub fn ecr_fips_endpoint(self, region: &str) -> Result<String, String> {
        match self {
            Self::AwsUsGov => Ok(format!("https://ecr-fips.{region}.amazonaws.com")),
            Self::Aws if VALIDATED.contains(&region) => Ok(format!("https://ecr-fips.{region}.amazonaws.com")),
            Self::Aws | Self::AwsCn | Self::AwsEusc => Err(not_validated("ECR", region)),
        }
    }

    /// Whether `region` is shaped like a region of this partition (the patterns of botocore's partition table).
    #[must_use]
    pub fn has_region(self, region: &str) -> bool {
        let parts: Vec<&str> = region.split('-').collect();
        // The longest there are have nine letters; callers may write what they like.
        let word = |part: &str| (1..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase());
        let number = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        match (self, parts.as_slice()) {
            (Self::Aws, [area, place, digit]) => {
                ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"].contains(area) && word(place) && number(digit)
            }
            (Self::AwsCn, ["cn", place, digit])
            | (Self::AwsUsGov, ["us", "gov", place, digit])
            | (Self::AwsEusc, ["eusc", "de", place, digit]) => word(place) && number(digit),
            _ => false,
        }
    }

    /// The partition with this id.
    ///
    /// # Errors
    /// A sentence that names the ones there are.
    pub fn parse(id: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|partition| partition.id() == id)
            .ok_or_else(|| format!("“{id}” is no partition; choose aws, aws-cn, aws-us-gov or aws-eusc."))
    }
}

/// The commercial regions with FIPS endpoints.
const VALIDATED: [&str; 4] = ["us-east-1", "us-east-2", "us-west-1", "us-west-2"];

fn not_validated(service: &str, region: &str) -> String {
    format!(
        "{service} has no FIPS endpoint in {region}; {} and the regions of aws-us-gov have one.",
        VALIDATED.join(", ")
    )
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn regions_belong_to_one_partition() {
        for (region, partition) in [
            ("us-east-1", Partition::Aws),
            ("ap-southeast-10", Partition::Aws),
            ("cn-north-1", Partition::AwsCn),
            ("us-gov-west-1", Partition::AwsUsGov),
            ("eusc-de-east-1", Partition::AwsEusc),
        ] {
            for other in Partition::ALL {
                assert_eq!(other.has_region(region), other == partition, "{region} in {other}");
            }
        }
        for wrong in ["", "us-east", "us-east-", "US-EAST-1", "us-east-1a", "evil.example", "us-east-1.evil", "us--1"] {
            assert!(Partition::ALL.iter().all(|p| !p.has_region(wrong)), "{wrong}");
        }
    }

    #[test]
    fn ids_come_back() {
        for partition in Partition::ALL {
            assert_eq!(Partition::parse(partition.id()), Ok(partition));
        }
        assert!(Partition::parse("AWS").is_err());
    }
}
