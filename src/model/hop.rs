//! Role chains: the roles that are assumed one after the other on the way to the one that a connector is for.

use super::principal::{RoleArn, parse_external_id};

/// How many roles may stand before the last one.
pub const MOST_THROUGH: usize = 4;

/// A role on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The role.
    pub role: RoleArn,
    /// What its trust policy may ask for (2 to 1,224 characters).
    pub external_id: Option<String>,
}

/// Checks the roles on the way, one a line and in order: the ARN, and after a blank its external id where it has one.
///
/// # Errors
/// A sentence that names the wrong line.
pub fn parse_through(text: &str) -> Result<Vec<Hop>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let hops = lines.enumerate().map(|(at, line)| {
        let wrong = |sentence: String| format!("Role {}: {sentence}", at + 1);
        // Rows of a form have a tab between, so that a blank in the wrong place stays with what it was typed into.
        let parts = line.split_once('\t').or_else(|| line.split_once(char::is_whitespace));
        let (role, external_id) = parts.unwrap_or((line, ""));
        let role = RoleArn::parse(role).map_err(wrong)?;
        let external_id = match external_id.trim() {
            "" => None,
            typed => Some(parse_external_id(typed).map_err(wrong)?),
        };
        Ok(Hop { role, external_id })
    });
    let hops: Vec<Hop> = hops.collect::<Result<_, String>>()?;
    if hops.len() > MOST_THROUGH {
        return Err(format!(
            "{} roles on the way are too many; {MOST_THROUGH} may stand before the last one.",
            hops.len()
        ));
    }
    Ok(hops)
}

/// The roles on the way as [`parse_through`] reads them.
#[must_use]
pub fn write_through(hops: &[Hop]) -> String {
    let line = |hop: &Hop| match &hop.external_id {
        Some(external_id) => format!("{} {external_id}", hop.role.as_str()),
        None => hop.role.as_str().to_owned(),
    };
    hops.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_on_the_way_are_read_as_they_are_written() {
        let text = "arn:aws:iam::123456789012:role/One\narn:aws:iam::210987654321:role/Two an-external-id";
        let hops = parse_through(&format!("\n  {text}  \n\n")).unwrap();
        assert_eq!(write_through(&hops), text);
        assert_eq!(hops[1].external_id.as_deref(), Some("an-external-id"));
        assert_eq!(parse_through(" \n"), Ok(vec![]));
    }

    #[test]
    fn the_wrong_line_is_named() {
        let good = "arn:aws:iam::123456789012:role/One";
        for (text, says) in [
            (format!("{good}\nTwo"), "Role 2: Write the role"),
            (format!("{good} x"), "Role 1: Use 2 to"),
            (format!("{good}\ttwo words"), "Role 1: Use letters"),
            ("two words\tan-id".to_owned(), "Role 1: Write the role"),
            ([good; MOST_THROUGH + 1].join("\n"), "5 roles"),
        ] {
            let sentence = parse_through(&text).unwrap_err();
            assert!(sentence.contains(says), "{sentence}");
        }
        assert_eq!(parse_through(&[good; MOST_THROUGH].join("\n")).map(|hops| hops.len()), Ok(MOST_THROUGH));
    }
}
