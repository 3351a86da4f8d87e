//! Reading the settings: file, environment, secrets from files, and what does not fit together.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use toml::{Table, Value};

use super::{Config, Directory, Environment, directories, seed_api};

/// What is wrong with the configuration, as a sentence that names the place.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// Reads the settings from `file` (or `./daypass.toml` if it is there) under `variables`.
///
/// # Errors
/// A sentence that says what is wrong and where.
pub fn load(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let usual = Path::new("daypass.toml");
    let file = file.or_else(|| usual.exists().then_some(usual));
    let (mut table, folder) = match file {
        None => (Table::new(), PathBuf::new()),
        Some(path) => {
            let text =
                fs::read_to_string(path).map_err(|error| ConfigError(format!("{}: {error}.", path.display())))?;
            let table = text.parse::<Table>().map_err(|error| unreadable(path, &text, &error))?;
            (table, path.parent().map(Path::to_owned).unwrap_or_default())
        }
    };
    let mut others = Vec::new();
    for (name, value) in variables {
        if let Some(path) = name.strip_prefix("DAYPASS_").filter(|path| path.contains("__")) {
            overlay(&mut table, &name, &path.to_lowercase(), value)?;
        } else {
            others.push((name, value));
        }
    }
    let mut config: Config =
        Value::Table(table).try_into().map_err(|error: toml::de::Error| ConfigError(explain(&error.to_string())))?;
    config.aws.environment = Environment::of(others, config.aws.surroundings);
    read_secret_files(&mut config, &folder)?;
    resolve_paths(&mut config, &folder);
    check(&config)?;
    Ok(config)
}

/// Where the file is wrong, without the line itself: it may hold a password.
fn unreadable(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    ConfigError(format!("{}, line {line}: {}.", path.display(), error.message().replace('\n', ", ")))
}

/// Sets `section__key` from a variable. A directory is found by its name: `directory__corp__bind_password`.
fn overlay(table: &mut Table, name: &str, path: &str, value: String) -> Result<(), ConfigError> {
    let wrong = || ConfigError(format!("{name} does not name a setting; write DAYPASS_<SECTION>__<KEY>."));
    let parts: Vec<&str> = path.split("__").collect();
    if let ["directory", directory, key] = parts.as_slice() {
        let entries = table.get_mut("directory").and_then(Value::as_array_mut);
        let named = |entry: &&mut Value| {
            let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
            name.to_lowercase().replace('-', "_") == *directory
        };
        let entry = entries.and_then(|entries| entries.iter_mut().find(named)).and_then(Value::as_table_mut);
        let missing =
            || ConfigError(format!("{name}: there is no [[directory]] of this name in the configuration file."));
        entry.ok_or_else(missing)?.insert((*key).to_owned(), Value::String(value));
        return Ok(());
    }
    let (last, sections) = parts.split_last().ok_or_else(wrong)?;
    let mut place = table;
    for (depth, section) in sections.iter().enumerate() {
        // Partitions are the only names with a hyphen, which variables cannot have.
        let section = if depth == 2 { section.replace('_', "-") } else { (*section).to_owned() };
        let entry = place.entry(section).or_insert_with(|| Value::Table(Table::new()));
        place = entry.as_table_mut().ok_or_else(wrong)?;
    }
    place.insert((*last).to_owned(), Value::String(value));
    Ok(())
}

/// serde's words on an unknown key, with the nearest known one.
fn explain(message: &str) -> String {
    let message = message.trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((unknown, known)) = message.contains("unknown field").then(|| quoted.split_first()).flatten() else {
        return message.to_owned();
    };
    let nearest =
        known.iter().max_by(|a, b| strsim::jaro_winkler(a, unknown).total_cmp(&strsim::jaro_winkler(b, unknown)));
    let place = message.lines().find(|line| line.trim_start().starts_with("in `")).unwrap_or_default();
    match nearest {
        Some(nearest) => {
            format!("There is no setting “{unknown}” here. Did you mean “{nearest}”? {place}").trim().to_owned()
        }
        None => format!("There is no setting “{unknown}” here. {place}").trim().to_owned(),
    }
}

fn resolve_paths(config: &mut Config, folder: &Path) {
    let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
    resolve(&mut config.server.data_dir);
    // A file of SQLite too: what is relative starts at the configuration, wherever the command was started.
    if let Some(url) = &config.database.url
        && let Some(file) = url.expose_secret().strip_prefix("sqlite:")
        && !file.is_empty()
        && !folder.as_os_str().is_empty()
    {
        config.database.url = Some(format!("sqlite:{}", folder.join(file.trim_start_matches("//")).display()).into());
    }
    config.database.url_file.iter_mut().for_each(resolve);
    config.keyring.dir.iter_mut().for_each(resolve);
    config.aws.ca_file.iter_mut().for_each(resolve);
    config.aws.proxy.password_file.iter_mut().for_each(resolve);
    for directory in &mut config.directory {
        if let Directory::Ldap(ldap) = directory {
            ldap.ca_file.iter_mut().for_each(resolve);
            ldap.client_certificate_file.iter_mut().for_each(resolve);
            ldap.client_key_file.iter_mut().for_each(resolve);
            ldap.bind_password_file.iter_mut().for_each(resolve);
        }
        if let Directory::Crowd(crowd) = directory {
            crowd.ca_file.iter_mut().for_each(resolve);
            crowd.application_password_file.iter_mut().for_each(resolve);
        }
    }
}

fn read_secret_files(config: &mut Config, folder: &Path) -> Result<(), ConfigError> {
    let at = |file: &Option<PathBuf>| file.as_ref().map(|file| folder.join(file));
    let file = at(&config.database.url_file);
    read_secret("database.url", &mut config.database.url, file.as_deref())?;
    let file = at(&config.aws.proxy.password_file);
    read_secret("aws.proxy.password", &mut config.aws.proxy.password, file.as_deref())?;
    for directory in &mut config.directory {
        if let Directory::Ldap(ldap) = directory {
            let file = at(&ldap.bind_password_file);
            read_secret("directory.bind_password", &mut ldap.bind_password, file.as_deref())?;
        }
        if let Directory::Crowd(crowd) = directory {
            let file = at(&crowd.application_password_file);
            read_secret("directory.application_password", &mut crowd.application_password, file.as_deref())?;
        }
    }
    Ok(())
}

fn read_secret(name: &str, secret: &mut Option<SecretString>, file: Option<&Path>) -> Result<(), ConfigError> {
    let Some(file) = file else { return Ok(()) };
    if secret.is_some() {
        return Err(ConfigError(format!("{name} and {name}_file are both set; keep one.")));
    }
    let text =
        fs::read_to_string(file).map_err(|error| ConfigError(format!("{name}_file, {}: {error}.", file.display())))?;
    *secret = Some(text.trim_end_matches(['\r', '\n']).to_owned().into());
    Ok(())
}

/// What each setting allows, and what does not fit together.
fn check(config: &Config) -> Result<(), ConfigError> {
    let wrong = |sentence: &str| Err(ConfigError(sentence.to_owned()));
    directories::check(config)?;
    seed_api::check(config)?;
    let session = &config.session;
    if session.idle_timeout.is_zero() || session.absolute_timeout < session.idle_timeout {
        return wrong("session: idle_timeout has to be more than 0, absolute_timeout at least as much.");
    }
    let aws = &config.aws;
    if aws.connect_timeout.is_zero() || aws.attempt_timeout.is_zero() || aws.operation_timeout < aws.attempt_timeout {
        return wrong("aws: time-outs have to be more than 0, operation_timeout at least attempt_timeout.");
    }
    if !(100..=60_000).contains(&config.api.deadline.as_millis()) {
        return wrong("api.deadline: 100ms to 60s.");
    }
    let keyring = &config.keyring;
    if !["files", "kms"].contains(&keyring.kind.as_str()) {
        return wrong("keyring.kind: write \"files\" or \"kms\".");
    }
    if keyring.kind == "kms" && keyring.kms_key_id.is_none() {
        return wrong("keyring.kms_key_id: name the key of AWS KMS that wraps the data keys.");
    }
    if !(1..=24 * 3600).contains(&keyring.kms_cache.as_secs()) {
        return wrong("keyring.kms_cache: 1s to 24h.");
    }
    if aws.rotation_grace.as_secs() < 1 || aws.rotation_grace.as_secs() > 30 * 86_400 {
        return wrong("aws.rotation_grace: 1s to 30d.");
    }
    if config.server.instance.as_ref().is_some_and(|name| !is_name(name)) {
        return wrong("server.instance: 1 to 100 letters, digits, - and _.");
    }
    if config.access.membership_cache > Duration::from_secs(60) {
        return wrong("access.membership_cache: at most 60s, so that access follows the group.");
    }
    if !(10..=24 * 3600).contains(&config.access.list_groups_every.as_secs()) {
        return wrong("access.list_groups_every: 10s to 24h.");
    }
    if !(1..=1_000_000).contains(&config.api.token_requests_per_second) {
        return wrong("api.token_requests_per_second: 1 to 1000000.");
    }
    if !(1..=365).contains(&config.api.personal_token_days) {
        return wrong("api.personal_token_days: 1 to 365.");
    }
    if !(1..=3650).contains(&config.api.program_token_days) {
        return wrong("api.program_token_days: 1 to 3650.");
    }
    if !(1..=256).contains(&config.database.pool_size) {
        return wrong("database.pool_size: 1 to 256.");
    }
    if config.aws.retries > 20 {
        return wrong("aws.retries: at most 20.");
    }
    if !["text", "json"].contains(&config.log.format.as_str()) {
        return wrong("log.format: write \"text\" or \"json\".");
    }
    if !["error", "warn", "info", "debug", "trace"].contains(&config.log.level.as_str()) {
        return wrong("log.level: write error, warn, info, debug or trace.");
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("daypass.toml");
        fs::write(&file, text).unwrap();
        fs::write(folder.path().join("password"), "fake password\n").unwrap();
        load(Some(&file), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const LDAP: &str = "[[directory]]\nkind = \"ldap\"\nname = \"corp\"\nurl = \"ldaps://localhost\"\nbind_dn = \"cn=x\"\nuser_base = \"\"\ngroup_base = \"\"\n";

    #[test]
    fn variables_go_over_the_file() {
        let config = read(
            "[server]\nlisten = \"127.0.0.1:1\"\n[access]\nmembership_cache = \"10s\"",
            &[
                ("DAYPASS_SERVER__LISTEN", "127.0.0.1:2"),
                ("DAYPASS_AWS__RETRIES", "3"),
                ("DAYPASS_ACCESS__ADMINISTRATORS", "a, b"),
                ("DAYPASS_AWS__PARTITIONS__AWS_CN__STS_ENDPOINT", "http://127.0.0.1:3"),
                ("DAYPASS_URL", "not a setting"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:2");
        assert_eq!(config.aws.retries, 3);
        assert_eq!(config.access.administrators, ["a", "b"]);
        assert_eq!(config.access.membership_cache, Duration::from_secs(10));
        assert!(config.aws.partitions["aws-cn"].sts_endpoint.is_some());
    }

    #[test]
    fn secrets_come_from_files_and_variables() {
        let secret = |config: Config| match config.directory.into_iter().next() {
            Some(Directory::Ldap(ldap)) => ldap.bind_password.map(|p| p.expose_secret().to_owned()),
            _ => None,
        };
        let from_file = read(&format!("{LDAP}bind_password_file = \"password\""), &[]).unwrap();
        assert_eq!(secret(from_file).as_deref(), Some("fake password"));
        let from_variable = read(LDAP, &[("DAYPASS_DIRECTORY__CORP__BIND_PASSWORD", "12345")]).unwrap();
        assert_eq!(secret(from_variable).as_deref(), Some("12345"));
        let both = read(&format!("{LDAP}bind_password_file = \"password\"\nbind_password = \"x\""), &[]);
        assert!(both.unwrap_err().0.contains("both"));
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let error = read("[server]\nlissten = \"x\"", &[]).unwrap_err();
        assert!(error.0.contains("“listen”"), "{error}");
        let error = read("", &[("DAYPASS_SERVER__PUBLIC_ULR", "x")]).unwrap_err();
        assert!(error.0.contains("“public_url”"), "{error}");
    }

    #[test]
    fn a_relative_database_lies_beside_the_configuration() {
        let url = read("[database]\nurl = \"sqlite:x.db\"", &[]).unwrap().database.url.unwrap();
        assert!(url.expose_secret().ends_with("/x.db") && url.expose_secret().starts_with("sqlite:/"));
        let url = read("[database]\nurl = \"sqlite:/data/x.db\"", &[]).unwrap().database.url.unwrap();
        assert_eq!(url.expose_secret(), "sqlite:/data/x.db");
    }

    #[test]
    fn the_ways_to_aws_are_read_from_file_and_variables() {
        let text =
            "[aws]\nca_file = \"ca.pem\"\n[aws.proxy]\nurl = \"http://proxy:3128\"\npassword_file = \"password\"";
        let variables = [
            ("DAYPASS_AWS__PROXY__USER", "daypass"),
            ("DAYPASS_AWS__PROXY__NO_PROXY", "a, b"),
            ("DAYPASS_AWS__STS_REGIONS", "eu-west-1, eu-central-1"),
            ("DAYPASS_AWS__FIPS", "true"),
            ("DAYPASS_AWS__SURROUNDINGS__CONTAINER", "true"),
            ("DAYPASS_AWS__IMDS_ENDPOINT", "http://127.0.0.1:1338"),
            ("DAYPASS_AWS__PARTITIONS__AWS__STS_REGIONAL_ENDPOINTS__EU_WEST_1", "https://x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "fake token"),
            ("AWS_ROLE_ARN", "not switched on"),
            ("HTTPS_PROXY", "http://other:1"),
        ];
        let aws = read(text, &variables).unwrap().aws;
        assert_eq!(aws.proxy.password.unwrap().expose_secret(), "fake password");
        assert_eq!((aws.proxy.user.as_deref(), aws.proxy.no_proxy.len()), (Some("daypass"), 2));
        assert_eq!(aws.sts_regions, ["eu-west-1", "eu-central-1"]);
        assert!(aws.fips && aws.surroundings.container && !aws.surroundings.web_identity);
        assert!(aws.ca_file.unwrap().is_absolute() && aws.imds_endpoint.is_some());
        assert_eq!(aws.partitions["aws"].sts_regional_endpoints["eu_west_1"], "https://x");
        assert!(aws.environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").is_some());
        assert!(aws.environment.get("AWS_ROLE_ARN").is_none() && aws.environment.get("HTTPS_PROXY").is_some());
        assert!(read("[aws.proxy]\npasword = \"x\"", &[]).unwrap_err().0.contains("“password”"));
    }

    #[test]
    fn the_sample_configuration_is_right() {
        let sample = include_str!("../../daypass.example.toml").replace("\"ldap-password\"", "\"password\"");
        assert_eq!(read(&sample, &[]).unwrap().directory.len(), 1);
    }

    #[test]
    fn lives_of_tokens_go_up_to_their_ends() {
        let days = |text: &str| {
            let api = read(text, &[]).unwrap().api;
            (api.personal_token_days, api.program_token_days)
        };
        assert_eq!(days(""), (90, 365));
        assert_eq!(days("[api]\npersonal_token_days = 1\nprogram_token_days = 1"), (1, 1));
        assert_eq!(days("[api]\npersonal_token_days = 365\nprogram_token_days = 3650"), (365, 3650));
    }

    #[test]
    fn no_error_repeats_a_line_that_may_hold_a_password() {
        for text in
            ["[database]\nurl = \"fake secret", "[database]\nurl = fake secret", "[database]\nurl = [\"fake secret\"]"]
        {
            let error = read(text, &[]).unwrap_err();
            assert!(!error.0.contains("fake secret"), "{error}");
        }
        let error = read("[server]\n\nlisten = ", &[]).unwrap_err();
        assert!(error.0.contains("line 3"), "{error}");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (text, word) in [
            ("[access]\nmembership_cache = \"61s\"", "membership_cache"),
            ("[session]\nidle_timeout = \"soon\"", "duration"),
            ("[aws]\nretries = 21", "retries"),
            (
                "[[directory]]\nkind = \"local\"\nname = \"a\"\n[[directory]]\nkind = \"local\"\nname = \"b\"",
                "one local directory",
            ),
            ("[[directory]]\nkind = \"local\"\nname = \"a:b\"", "directory.name"),
            ("server = 1", "server"),
            ("[access]\nadministrators = [\"corp:admins\"]", "names the directory “corp”"),
            ("[session]\nidle_timeout = \"0s\"", "idle_timeout"),
            ("[aws]\noperation_timeout = \"1s\"", "operation_timeout"),
            ("[keyring]\nkind = \"file\"", "keyring.kind"),
            ("[keyring]\nkind = \"kms\"", "kms_key_id"),
            ("[keyring]\nkms_cache = \"25h\"", "kms_cache"),
            ("[access]\nlist_groups_every = \"9s\"", "list_groups_every"),
            ("[access]\nlist_groups_every = \"25h\"", "list_groups_every"),
            ("[api]\ndeadline = \"99ms\"", "api.deadline"),
            ("[api]\ndeadline = \"60001ms\"", "api.deadline"),
            ("[aws]\nrotation_grace = \"0s\"", "rotation_grace"),
            ("[aws]\nrotation_grace = \"31d\"", "rotation_grace"),
            ("[server]\ninstance = \"a b\"", "server.instance"),
            ("[api]\ntoken_requests_per_second = 0", "api.token_requests_per_second"),
            ("[api]\ntoken_requests_per_second = 1000001", "api.token_requests_per_second"),
            ("[api]\npersonal_token_days = 0", "api.personal_token_days"),
            ("[api]\npersonal_token_days = 366", "api.personal_token_days"),
            ("[api]\nprogram_token_days = 0", "api.program_token_days"),
            ("[api]\nprogram_token_days = 3651", "api.program_token_days"),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert!(error.0.contains(word), "{error}");
        }
    }
}
