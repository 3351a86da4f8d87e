//! Actions and resources as policies name them, and which patterns cover which.
//!
//! IAM User Guide, “IAM JSON policy elements: Action” and “… Resource”, and IAM's refusals as people have collected them
//! (moto's `policy_validation`): “Actions/Conditions must be prefaced by a vendor”, “Vendor … is not valid”, “Resource …
//! must be in ARN format or \"*\"”, “Partition … is not valid for resource …”. What nobody saw refused is only odd here.

use super::finding::quoted;
use crate::model::partition::Partition;

/// Partitions of AWS that an ARN may name beside those that Daypass signs in to.
const FURTHER_PARTITIONS: [&str; 4] = ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

/// What is wrong with a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// AWS would refuse it.
    Refused(String),
    /// AWS takes it, but it is hardly meant.
    Odd(String),
}

/// Whether something is put into `text` before AWS sees it, so that nobody can tell yet what it will be.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.contains("{{")
}

/// Checks an action: `*` or `service:name`, with wildcards in the name.
pub(super) fn action(text: &str) -> Result<(), Wrong> {
    if text == "*" || has_placeholder(text) {
        return Ok(());
    }
    let refused = |why: &str| Err(Wrong::Refused(format!("{} is no action: {why}", quoted(text))));
    let Some((service, name)) = text.split_once(':') else {
        return refused("it begins with its service, for example s3:GetObject.");
    };
    if name.contains(':') {
        return refused("it has one colon, between service and name.");
    }
    if service != "*" && !is_made_of(service, &['-', '.']) {
        return refused("in front of the colon stands one service, without wildcards.");
    }
    if !is_made_of(name, &['*', '?', '-', '_', '.']) {
        return Err(Wrong::Odd(format!("{} names no action of AWS, so it matches nothing.", quoted(text))));
    }
    Ok(())
}

fn is_made_of(part: &str, others: &[char]) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(&c))
}

/// Checks a resource: `*` or an ARN; one of another partition than `partition` is odd.
pub(super) fn resource(text: &str, partition: Option<Partition>) -> Result<(), Wrong> {
    if text == "*" {
        return Ok(());
    }
    let refused = |why: &str| Err(Wrong::Refused(format!("{} is no resource: {why}", quoted(text))));
    let parts = arn_parts(text);
    if has_placeholder(text) && parts.len() < 6 {
        return Ok(());
    }
    let [arn, of, service, _, _, name] = parts.as_slice() else {
        if parts.first() == Some(&"arn") && text.ends_with('*') && !text.contains("::") {
            return Err(Wrong::Odd(format!("{} has fewer than an ARN's six parts; write all of them.", quoted(text))));
        }
        return refused("it is * or an ARN of six parts, for example arn:aws:s3:::bucket/*.");
    };
    if *arn != "arn" {
        return refused("it is * or begins with arn:.");
    }
    if service.is_empty() {
        return refused("its third part names a service.");
    }
    if is_plain(service) && service.contains(['*', '?']) {
        return Err(Wrong::Odd(format!(
            "{}: AWS wants one service in the third part, without wildcards.",
            quoted(text)
        )));
    }
    if name.is_empty() {
        return Err(Wrong::Odd(format!("{} matches nothing: its last part is empty.", quoted(text))));
    }
    if !is_plain(of) || *of == "*" {
        return Ok(());
    }
    let is_known = Partition::ALL.iter().any(|known| known.id() == *of) || FURTHER_PARTITIONS.contains(of);
    if !is_known {
        return refused(&format!("{} is no partition; AWS has aws, aws-cn, aws-us-gov and others.", quoted(of)));
    }
    match partition.filter(|partition| partition.id() != *of) {
        Some(partition) => Err(Wrong::Odd(format!(
            "{} lies in partition {of}, the connector in {partition}: this matches nothing.",
            quoted(text)
        ))),
        None => Ok(()),
    }
}

/// Whether a part of an ARN is written out, without variables or placeholders.
fn is_plain(part: &str) -> bool {
    !part.contains("${") && !has_placeholder(part)
}

/// The parts of an ARN, six at most; colons inside of `${…}` and `{{…}}` do not count.
fn arn_parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && parts.len() < 5 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Whether all that `narrow` matches is matched by `wide` too; where that is not certain, no. `*` stands for any text,
/// `?` for one character.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow): (Vec<char>, Vec<char>) = (wide.chars().collect(), narrow.chars().collect());
    let (mut w, mut n) = (0, 0);
    // Where the last * of `wide` stands, and how much of `narrow` it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(next) = narrow.get(n) {
        match wide.get(w) {
            Some('*') => {
                star = Some((w, n));
                w += 1;
            }
            Some('?') if *next != '*' => (w, n) = (w + 1, n + 1),
            Some(same) if same == next && *same != '?' => (w, n) = (w + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (w, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    wide.get(w..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(result: Result<(), Wrong>) -> bool {
        matches!(result, Err(Wrong::Refused(_)))
    }

    #[test]
    fn actions() {
        for good in ["*", "s3:*", "s3:Get*", "S3:getobject", "*:*", "execute-api:Invoke", "ec2:Describe?mages", "{{x}}"]
        {
            assert_eq!(action(good), Ok(()), "{good}");
        }
        for wrong in ["", "s3", ":Get", "s3:Get:Object", "**", "s*:Get", "?3:Get", "s 3:Get", "s_3:Get"] {
            assert!(is_refused(action(wrong)), "{wrong}");
        }
        for odd in ["s3:", "s3:Get Object", "s3:Gét", "s3:${user}"] {
            assert!(matches!(action(odd), Err(Wrong::Odd(_))), "{odd}");
        }
    }

    #[test]
    fn resources() {
        for good in [
            "*",
            "arn:aws:s3:::bucket/*",
            "arn:aws:iam::123456789012:role/x",
            "arn:aws:sns:*:*:a:b:c",
            "arn:*:s3:::x",
            "arn:aws:s3:::${aws:username}/*",
            "arn:aws:iam::${aws:PrincipalAccount}:user/x",
            "arn:aws:s3:::{{user.name}}",
            "{{user.name}}",
            "arn:{{partition}}:s3:::x",
        ] {
            assert_eq!(resource(good, Some(Partition::Aws)), Ok(()), "{good}");
        }
        for wrong in [
            "",
            "bucket",
            "**",
            "arn:aws:s3:bucket",
            "arn:aws:s3::*",
            "arn:aws*:s3:::x",
            "arn:aws::::x",
            "arn:awz:s3:::x",
            "arn::s3:::x",
            "aws:arn:s3:::x",
            "urn:aws:s3:::{{user.name}}",
        ] {
            assert!(is_refused(resource(wrong, None)), "{wrong}");
        }
    }

    #[test]
    fn what_aws_takes_though_it_is_hardly_meant() {
        for odd in ["arn:aws:s3:::", "arn:aws:*:::x", "arn:aws:s?:::x", "arn:aws:s3:*"] {
            assert!(matches!(resource(odd, None), Err(Wrong::Odd(_))), "{odd}");
        }
    }

    #[test]
    fn another_partition_is_odd() {
        let china = "arn:aws-cn:s3:::x";
        assert_eq!(resource(china, None), Ok(()));
        assert_eq!(resource(china, Some(Partition::AwsCn)), Ok(()));
        assert!(matches!(resource(china, Some(Partition::Aws)), Err(Wrong::Odd(_))));
        assert!(matches!(resource("arn:aws-iso:s3:::x", Some(Partition::Aws)), Err(Wrong::Odd(_))));
    }

    #[test]
    fn a_pattern_covers_what_it_surely_matches() {
        for (wide, narrow) in [
            ("*", ""),
            ("*", "s3:*"),
            ("s3:*", "s3:Get*"),
            ("s3:Get*", "s3:Get*"),
            ("s3:*t", "s3:Get*Object*t"),
            ("a?c", "abc"),
            ("a?c", "a?c"),
            ("a*b*c", "aXbYbZc"),
            ("**", "x"),
        ] {
            assert!(covers(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("s3:Get*", "s3:*"),
            ("a?c", "a*c"),
            ("abc", "a?c"),
            ("", "x"),
            ("s3:", "s3:x"),
            ("a*b", "abc"),
            ("ab", "a"),
        ] {
            assert!(!covers(wide, narrow), "{wide} {narrow}");
        }
    }
}
