//! The examples that ship. They are part of the program, so that a new version of it brings better ones; administrators
//! copy or hide them. The tests make calls under each, at an emulator that enforces session policies.

use crate::model::policy_example::ExampleKind::{self, Policy, PolicyArn};

/// An example that ships.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its word in addresses and in the list of hidden ones; never changed.
    pub id: &'static str,
    /// Policy or ARN.
    pub kind: ExampleKind,
    /// Its name.
    pub name: &'static str,
    /// What it allows, and what has to be put in.
    pub description: &'static str,
    /// The policy, or the ARN.
    pub text: &'static str,
}

impl Shipped {
    /// The one with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        SHIPPED.iter().find(|shipped| shipped.id == id)
    }
}

const fn policy(id: &'static str, name: &'static str, description: &'static str, text: &'static str) -> Shipped {
    Shipped { id, kind: Policy, name, description, text }
}

const fn arn(id: &'static str, name: &'static str, description: &'static str, text: &'static str) -> Shipped {
    Shipped { id, kind: PolicyArn, name, description, text }
}

/// What ships, in the order in which it is shown. The names of AWS's own policies are those of its Managed Policy Reference.
pub const SHIPPED: [Shipped; 18] = [
    policy(
        "read-only",
        "Read only",
        "Look at the everyday services (EC2, S3, RDS, Lambda, logs and the like), change nothing. Reads the content of buckets, but not of tables.",
        include_str!("read-only.json"),
    ),
    policy(
        "billing-read-only",
        "Billing, read only",
        "Look at bills, costs, budgets and taxes, change nothing.",
        include_str!("billing.json"),
    ),
    policy(
        "read-write-one-bucket",
        "One bucket",
        "List, read, write and delete the objects of one S3 bucket. Put its name in place of EXAMPLE-BUCKET.",
        include_str!("read-write-one-bucket.json"),
    ),
    policy(
        "own-folder",
        "A folder for each person",
        "Each person reads and writes home/ID/ in one S3 bucket, where AWS puts the role's or account's id and the person's session name for ID. Put the bucket's name in place of EXAMPLE-BUCKET.",
        include_str!("own-folder.json"),
    ),
    policy(
        "one-region",
        "One region only",
        "Everything that the role or user may, but in eu-central-1 alone. Services without a region stay open.",
        include_str!("one-region.json"),
    ),
    policy(
        "start-stop-instances",
        "Start and stop instances",
        "Look at EC2, and start, stop or reboot instances that carry the tag Daypass = allowed.",
        include_str!("start-stop-instances.json"),
    ),
    policy(
        "deny-iam",
        "Everything but IAM",
        "Everything that the role or user may, but nothing of IAM, Organizations and account settings.",
        include_str!("deny-iam.json"),
    ),
    policy(
        "cloudformation-deploy",
        "Deploy with CloudFormation",
        "Create, change and delete stacks with service roles named cloudformation-…, and upload templates. The service role does the rest. Put a bucket's name in place of EXAMPLE-BUCKET.",
        include_str!("cloudformation-deploy.json"),
    ),
    policy(
        "one-table",
        "One DynamoDB table",
        "Read and write the items of one table and its indexes. Put its name in place of EXAMPLE-TABLE.",
        include_str!("one-table.json"),
    ),
    policy(
        "read-logs",
        "Read logs",
        "Search and read CloudWatch Logs, change nothing.",
        include_str!("read-logs.json"),
    ),
    policy(
        "support-cases",
        "Support cases",
        "Open, follow and answer AWS Support cases, and nothing else.",
        include_str!("support-cases.json"),
    ),
    policy(
        "no-other-role",
        "No other role",
        "Everything that the role or user may, but not assume another role: nobody leaves by a chain.",
        include_str!("no-other-role.json"),
    ),
    arn(
        "arn-read-only",
        "ReadOnlyAccess",
        "AWS's own: look at everything, the content of buckets and tables included, change nothing.",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    arn(
        "arn-view-only",
        "ViewOnlyAccess",
        "AWS's own: see what there is in each service, but not its content.",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    ),
    arn(
        "arn-security-audit",
        "SecurityAudit",
        "AWS's own: read the settings that matter to security, not the data.",
        "arn:aws:iam::aws:policy/SecurityAudit",
    ),
    arn(
        "arn-billing",
        "Billing",
        "AWS's own: see and manage bills, payment and budgets.",
        "arn:aws:iam::aws:policy/job-function/Billing",
    ),
    arn(
        "arn-power-user",
        "PowerUserAccess",
        "AWS's own: everything but users, groups, roles and the organisation.",
        "arn:aws:iam::aws:policy/PowerUserAccess",
    ),
    arn(
        "arn-support",
        "AWSSupportAccess",
        "AWS's own: open and follow support cases.",
        "arn:aws:iam::aws:policy/AWSSupportAccess",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::policy_example::check;

    #[test]
    fn each_is_what_an_administrator_might_have_written() {
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for shipped in SHIPPED {
            let checked = check(shipped.kind.word(), shipped.name, shipped.description, shipped.text);
            assert_eq!(checked.err(), None, "{}", shipped.name);
            assert!(ids.insert(shipped.id), "{}", shipped.id);
            assert!(names.insert((shipped.kind, shipped.name.to_lowercase())), "{}", shipped.name);
            assert!(
                shipped.kind != PolicyArn || shipped.text.starts_with("arn:aws:iam::aws:policy/"),
                "{}",
                shipped.id
            );
        }
    }
}
