//! What several `[[directory]]` entries and `[access]` allow together.

use std::collections::BTreeSet;

use super::{Config, ConfigError, Directory};

/// Names are permanent and tell directories apart, also in variables and in front of a sign-in name; there is one local
/// directory at most; each group of `[access]` is one of a directory that is there.
///
/// # Errors
/// A sentence that names the setting.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let wrong = |sentence: String| Err(ConfigError(sentence));
    let name_fits =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if config.directory.iter().any(|directory| !name_fits(directory.name())) {
        return wrong("directory.name: use letters, digits, - and _ only.".to_owned());
    }
    let mut names = BTreeSet::new();
    for directory in &config.directory {
        if !names.insert(directory.name().to_lowercase().replace('-', "_")) {
            let name = directory.name();
            return wrong(format!(
                "directory.name: two directories are called “{name}”; capitals, - and _ do not tell them apart."
            ));
        }
    }
    if config.directory.iter().filter(|directory| matches!(directory, Directory::Local { .. })).count() > 1 {
        return wrong("directory: two entries are of the kind local; there is one local directory at most.".to_owned());
    }
    let known: Vec<&str> = match config.directory.as_slice() {
        [] => vec!["local"],
        some => some.iter().map(Directory::name).collect(),
    };
    let access = &config.access;
    let groups = access.administrators.iter().chain(&access.restricted_administrators).chain(&access.auditors);
    for group in groups {
        match group.split_once(':') {
            Some((prefix, _)) if known.contains(&prefix) => {}
            Some((prefix, _)) => {
                return wrong(format!(
                    "access: “{group}” names the directory “{prefix}”, which is not configured. There is {}.",
                    quoted(&known)
                ));
            }
            None if known.len() > 1 => {
                return wrong(format!(
                    "access: “{group}” could be a group of {}. Write which, for example \"{}:{group}\".",
                    quoted(&known),
                    known.first().unwrap_or(&"local"),
                ));
            }
            None => {}
        }
    }
    Ok(())
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(name: &str) -> Directory {
        Directory::Local { name: name.to_owned() }
    }

    fn ldap(name: &str) -> Directory {
        let text = format!(
            "kind = 'ldap'\nname = '{name}'\nurl = 'ldaps://localhost'\nbind_dn = 'cn=x'\nuser_base = ''\ngroup_base = ''"
        );
        toml::from_str(&text).unwrap()
    }

    fn checked(directories: Vec<Directory>, administrators: &[&str]) -> Result<(), String> {
        let mut config = Config { directory: directories, ..Config::default() };
        config.access.administrators = administrators.iter().map(|group| (*group).to_owned()).collect();
        check(&config).map_err(|error| error.0)
    }

    #[test]
    fn several_are_told_apart_by_their_names() {
        assert_eq!(checked(vec![ldap("corp"), ldap("partners"), local("local")], &[]), Ok(()));
        for other in ["corp-eu", "CORP_EU", "Corp-Eu"] {
            let error = checked(vec![ldap("corp_eu"), ldap(other)], &[]).unwrap_err();
            assert!(error.contains(&format!("two directories are called “{other}”")), "{error}");
        }
        assert!(checked(vec![ldap("co:rp")], &[]).unwrap_err().contains("letters"));
    }

    #[test]
    fn one_of_them_may_be_local() {
        assert_eq!(checked(vec![local("local"), ldap("corp")], &[]), Ok(()));
        assert!(checked(vec![local("one"), local("two")], &[]).unwrap_err().contains("one local directory at most"));
    }

    #[test]
    fn groups_with_roles_say_whose_they_are_where_there_are_several() {
        let both = || vec![ldap("corp"), local("local")];
        assert_eq!(checked(both(), &["corp:admins", "local:administrators"]), Ok(()));
        let error = checked(both(), &["admins"]).unwrap_err();
        assert!(error.contains("\"corp:admins\""), "{error}");
        let error = checked(both(), &["other:admins"]).unwrap_err();
        assert!(error.contains("“other”") && error.contains("“corp”, “local”"), "{error}");
        assert_eq!(checked(vec![ldap("corp")], &["admins", "corp:admins"]), Ok(()));
        assert_eq!(checked(vec![], &["admins", "local:admins"]), Ok(()));
        assert!(checked(vec![], &["corp:admins"]).is_err());
    }
}
