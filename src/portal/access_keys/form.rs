//! The form of an access key, and every rule on it that needs neither AWS nor the database.

use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::envelope_form::EnvelopeForm;
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::access_key::{
    AccessKey, KeyState, cut_off, is_temporary, parse_key_id, parse_mfa_serial, parse_secret, parse_session_token,
};
use crate::model::connector::parse_name;
use crate::model::key_account::account_in;
use crate::model::partition::Partition;
use crate::model::rotation::Plan;
use crate::model::source::{Source, parse_expiry};
use crate::model::totp::Seed;
use crate::random;

/// What was typed into the form of an access key. Fields that do not go with the chosen source count for nothing.
#[derive(Clone, Debug, Default)]
pub struct AccessKeyForm {
    /// Name.
    pub name: String,
    /// [`Source::word`]; empty: a long-term key.
    pub source: String,
    /// AWS's id of the key.
    pub key_id: String,
    /// Its secret half; empty: keep the one there is.
    pub secret: SecretString,
    /// The session token of a temporary key; empty: keep the one there is.
    pub session_token: SecretString,
    /// When a temporary key ends; may be empty.
    pub expires_at: String,
    /// The partition's id.
    pub partition: String,
    /// Free text.
    pub note: String,
    /// The broker's MFA device; may be empty.
    pub mfa_serial: String,
    /// Its seed; empty: keep the one there is.
    pub mfa_seed: SecretString,
    /// After how many days it is rotated; may be empty.
    pub rotate_days: String,
    /// The hours in which it is; may be empty.
    pub rotate_window: String,
    /// What restricted administrators may make of it.
    pub envelope: EnvelopeForm,
    /// Save without asking AWS.
    pub skip_validation: bool,
    /// It is meant that the key belongs to another account than before.
    pub other_account: bool,
    /// The version that the form was made of.
    pub version: i32,
}

impl From<&AccessKey> for AccessKeyForm {
    fn from(key: &AccessKey) -> Self {
        let plan = key.rotation.as_ref();
        Self {
            name: key.name.clone(),
            source: key.source.word().to_owned(),
            key_id: key.key_id.clone(),
            expires_at: key.source.expires_at().map(write_expiry).unwrap_or_default(),
            partition: key.partition.id().to_owned(),
            note: key.note.clone(),
            mfa_serial: key.mfa_serial.clone().unwrap_or_default(),
            rotate_days: plan.map(|plan| plan.every_days.to_string()).unwrap_or_default(),
            rotate_window: plan.map(Plan::window_text).unwrap_or_default(),
            envelope: key.envelope.as_ref().map(EnvelopeForm::from).unwrap_or_default(),
            version: key.version,
            ..Self::default()
        }
    }
}

fn write_expiry(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A key as it is to be saved, and the secrets that were typed.
pub(super) struct Typed {
    pub(super) key: AccessKey,
    pub(super) secret: Option<SecretString>,
    pub(super) session_token: Option<SecretString>,
    pub(super) mfa_seed: Option<SecretString>,
}

/// The key pair as it was typed.
#[derive(Default)]
struct Pair {
    key_id: String,
    secret: Option<SecretString>,
    session_token: Option<SecretString>,
}

impl AccessKeyForm {
    /// What was cut off around pasted values, a sentence for each field.
    #[must_use]
    pub fn cuts(&self) -> Vec<String> {
        let fields = [
            ("access key id", self.key_id.as_str()),
            ("secret", self.secret.expose_secret()),
            ("session token", self.session_token.expose_secret()),
            ("MFA device's serial number", self.mfa_serial.as_str()),
        ];
        let cut = |(field, text): (&str, &str)| {
            Some(format!("The {field} had {} around it, which were cut off.", cut_off(text)?))
        };
        fields.into_iter().filter_map(cut).collect()
    }

    /// Whether this is the chosen source.
    #[must_use]
    pub fn is(&self, source: &str) -> bool {
        self.source == source || (self.source.is_empty() && source == Source::LongTerm.word())
    }

    /// Refuses what does not go with the source: a page has hidden those fields, and a program meant them.
    ///
    /// # Errors
    /// A sentence at each such field.
    pub(super) fn fits(&self) -> Result<(), FieldErrors> {
        if Source::parse(&self.source, None).is_err() && !self.source.is_empty() {
            // Of no source that there is, as the check says.
            return Ok(());
        }
        let mut errors = FieldErrors::default();
        let mut refuse = |allowed: bool, field: &'static str, text: &str, sentence: &str| {
            if !allowed && !text.is_empty() {
                errors.add(field, sentence);
            }
        };
        let temporary = self.is("temporary");
        let only_temporary = "Only a temporary key has this. Leave it out, or choose temporary as the source.";
        refuse(temporary, "session_token", self.session_token.expose_secret(), only_temporary);
        refuse(temporary, "expires_at", &self.expires_at, only_temporary);
        let has_pair = temporary || self.is("long_term");
        let nothing_kept = "Credentials of the surroundings come from there; nothing is kept of them. Leave this out.";
        refuse(has_pair, "key_id", &self.key_id, nothing_kept);
        refuse(has_pair, "secret", self.secret.expose_secret(), nothing_kept);
        let only_long_term = "Only a long-term key has an MFA device here. Leave it out.";
        refuse(self.is("long_term"), "mfa_serial", &self.mfa_serial, only_long_term);
        refuse(self.is("long_term"), "mfa_seed", self.mfa_seed.expose_secret(), only_long_term);
        errors.into_result()
    }

    /// Checks everything and makes the key of it.
    ///
    /// # Errors
    /// A sentence at each wrong field.
    pub(super) fn check(&self, app: &App, before: Option<&AccessKey>) -> Result<Typed, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", parse_name(&self.name));
        let partition = errors.take("partition", Partition::parse(&self.partition));
        if self.note.chars().count() > 1000 {
            errors.add("note", "Use at most 1,000 characters.");
        }
        let source = self.source(app, &mut errors, before);
        let before_pair = before.filter(|before| Some(before.partition) == partition);
        let pair = source.map(|source| self.pair(app, &mut errors, source, before_pair)).unwrap_or_default();
        let is_long_term = source.is_some_and(Source::is_long_term);
        let (mfa_serial, mfa_seed) =
            if is_long_term { self.mfa_device(&mut errors, before_pair) } else { (None, None) };
        let rotation = if is_long_term { self.plan(&mut errors) } else { None };
        let envelope = source.and_then(|source| self.envelope.check(&mut errors, source));
        let (Some(name), Some(partition), Some(source), true) = (name, partition, source, errors.is_empty()) else {
            return Err(errors);
        };
        let same = before_pair.filter(|before| before.key_id == pair.key_id && before.source.word() == source.word());
        let same = same.filter(|_| pair.secret.is_none() && pair.session_token.is_none());
        let validated = same.and_then(|before| before.validated.clone());
        let expected_account = match &validated {
            Some(_) => None,
            None if self.other_account => account_in(&pair.key_id),
            None => before_pair.and_then(AccessKey::account).map(str::to_owned),
        };
        let key = AccessKey {
            id: before.map_or_else(random::id, |before| before.id.clone()),
            name,
            partition,
            source,
            key_id: pair.key_id,
            note: self.note.trim().to_owned(),
            validated,
            expected_account,
            state: KeyState::Unverified,
            trouble: None,
            checked_at: same.and_then(|before| before.checked_at),
            key_since: same.map_or_else(|| app.clock.now(), |before| before.key_since),
            last_used_at: before.and_then(|before| before.last_used_at),
            mfa_serial,
            envelope,
            rotation,
            version: self.version,
            updated_at: app.clock.now(),
        };
        Ok(Typed { key, secret: pair.secret, session_token: pair.session_token, mfa_seed })
    }

    /// As [`Self::check`] for a pair that replaces another whole: nothing of the kept one stays.
    ///
    /// # Errors
    /// A sentence at each wrong field.
    pub(super) fn check_whole(&self, app: &App, before: &AccessKey) -> Result<Typed, FieldErrors> {
        // With another key id nothing that is kept fits any more.
        let stranger = AccessKey { key_id: String::new(), ..before.clone() };
        self.check(app, Some(&stranger))
    }

    fn source(&self, app: &App, errors: &mut FieldErrors, before: Option<&AccessKey>) -> Option<Source> {
        if !self.is("temporary") {
            let word = if self.source.is_empty() { Source::LongTerm.word() } else { &self.source };
            let source = errors.take("source", Source::parse(word, None))?;
            // One that is kept can still be given a note while its kind is switched off.
            let is_new = before.is_none_or(|before| before.source != source);
            if let Some(Err(error)) = source.surroundings().filter(|_| is_new).map(|kind| app.clients.allows(kind)) {
                errors.add("source", format!("{error}. {}", error.advice()));
            }
            return Some(source);
        }
        let expires_at = errors.take("expires_at", parse_expiry(&self.expires_at))?;
        // A key that ran out can still be given a note.
        let kept = before.is_some_and(|before| before.source.expires_at() == expires_at);
        if !kept && expires_at.is_some_and(|end| end <= app.clock.now()) {
            errors.add(
                "expires_at",
                "This time is past: AWS no longer takes the key. Enter the keys that are valid now.",
            );
        }
        Some(Source::Temporary { expires_at })
    }

    fn pair(&self, app: &App, errors: &mut FieldErrors, source: Source, before: Option<&AccessKey>) -> Pair {
        if source.surroundings().is_some() {
            return Pair::default();
        }
        let key_id = errors.take("key_id", parse_key_id(&self.key_id));
        if let Some(key_id) = &key_id {
            check_kind(app, errors, source, key_id);
        }
        let same_key = before.is_some_and(|before| Some(&before.key_id) == key_id.as_ref());
        let typed = self.secret.expose_secret();
        let secret = if !typed.trim().is_empty() {
            errors.take("secret", parse_secret(typed)).map(SecretString::from)
        } else {
            if !same_key {
                errors.add("secret", "Enter the secret that belongs to this access key id.");
            }
            None
        };
        let was_temporary = before.is_some_and(|before| matches!(before.source, Source::Temporary { .. }));
        let session_token = match (source, self.session_token.expose_secret()) {
            (Source::Temporary { .. }, typed) if typed.trim().is_empty() => {
                if !(same_key && was_temporary) {
                    errors.add("session_token", "Enter the session token: without it AWS takes no temporary key.");
                }
                None
            }
            (Source::Temporary { .. }, typed) => {
                errors.take("session_token", parse_session_token(typed)).map(SecretString::from)
            }
            _ => None,
        };
        Pair { key_id: key_id.unwrap_or_default(), secret, session_token }
    }

    /// The MFA device, and its seed where one was typed.
    fn mfa_device(
        &self,
        errors: &mut FieldErrors,
        before: Option<&AccessKey>,
    ) -> (Option<String>, Option<SecretString>) {
        let seed = self.mfa_seed.expose_secret();
        let seed_typed = !seed.trim().is_empty();
        if self.mfa_serial.trim().is_empty() {
            if seed_typed {
                errors.add("mfa_serial", "Enter which device this seed belongs to, or leave the seed empty too.");
            }
            return (None, None);
        }
        let Some(serial) = errors.take("mfa_serial", parse_mfa_serial(&self.mfa_serial)) else { return (None, None) };
        let kept = before.is_some_and(|before| before.mfa_serial.as_ref() == Some(&serial));
        let seed = if seed_typed {
            errors.take("mfa_seed", Seed::parse(seed)).map(|seed| SecretString::from(seed.text().as_str()))
        } else {
            if !kept {
                errors.add("mfa_seed", "Enter the seed of this device, which AWS showed when it was made.");
            }
            None
        };
        (Some(serial), seed)
    }

    fn plan(&self, errors: &mut FieldErrors) -> Option<Plan> {
        Plan::parse(&self.rotate_days, &self.rotate_window).unwrap_or_else(|(field, sentence)| {
            errors.add(field, sentence);
            None
        })
    }
}

/// A key id tells by its beginning what kind of key it is.
fn check_kind(app: &App, errors: &mut FieldErrors, source: Source, key_id: &str) {
    let is_real = key_id.starts_with("AKIA") || is_temporary(key_id);
    if app.demo && is_real {
        errors.add(
            "key_id",
            "This is shaped like a real access key. The demo takes none: it has the sandbox in place of AWS.",
        );
    }
    match source {
        Source::LongTerm if is_temporary(key_id) => errors.add(
            "key_id",
            "This is a temporary key (ASIA…). Choose temporary as the source and give its session token, or give a long-term key (AKIA…).",
        ),
        Source::Temporary { .. } if key_id.starts_with("AKIA") => errors.add(
            "key_id",
            "This is a long-term key (AKIA…), which has no session token. Choose long-term as the source.",
        ),
        _ => {}
    }
}
