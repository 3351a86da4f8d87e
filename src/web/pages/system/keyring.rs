//! The keyring on the system page.

use super::{Line, Part};
use crate::app::Closed;
use crate::portal::system::KeyringView;
use crate::web::html::Moment;

pub(super) fn part(keyring: &KeyringView) -> Part {
    let mut lines = vec![match &keyring.kms_key {
        Some(key) => {
            Line::exact("Sealed by AWS KMS", key, "New secrets are sealed with data keys that this key wraps.")
        }
        None => Line::new("Sealed by", "Key files", "keyring.kind"),
    }];
    lines.push(Line::exact("Folder", &keyring.folder, "Of the key files. Back it up apart from the database."));
    let unreadable = match keyring.unreadable {
        0 => String::new(),
        number => format!("{number} of them cannot be read; daypass key list says why."),
    };
    lines.push(match &keyring.files {
        Ok(number) => Line::new("Key files", number.to_string(), unreadable),
        Err(sentence) => Line::new("Key files", "Not known", sentence),
    });
    match &keyring.newest {
        Some((name, made)) => {
            let note = if keyring.kms_key.is_some() {
                "It opens what it sealed before."
            } else {
                "New secrets are sealed with it."
            };
            lines.push(Line { at: made.map(Moment), ..Line::exact("Newest key file", name, note) });
        }
        None if keyring.kms_key.is_none() => {
            lines.push(Line::new("Newest key file", "None can be read", "Put a key file back into the folder."));
        }
        None => {}
    }
    let anew = "Everything under the newest key, by daypass key reseal.";
    lines.push(match keyring.resealed {
        Some(at) => Line { at: Some(Moment(at)), ..Line::new("Sealed anew", "", anew) },
        None => Line::new("Sealed anew", "Never", anew),
    });
    lines.push(closed(keyring.closed));
    Part {
        title: "Keyring",
        help: "What seals the secrets of access keys, and the key that signs cookies.",
        lines,
        claim: false,
    }
}

fn closed(closed: Closed) -> Line {
    let cookies = if closed.cookie_key {
        "The key that signs cookies does not open either; daypass doctor says what to do."
    } else {
        ""
    };
    match closed.access_keys {
        0 if !closed.cookie_key => Line::new("Closed secrets", "None", "Every secret opens."),
        0 => Line::new("Closed secrets", "The key that signs cookies", "daypass doctor says what to do."),
        number => {
            let keys = if number == 1 { "1 access key".to_owned() } else { format!("{number} access keys") };
            Line { href: "/admin/access-keys?sort=state", ..Line::new("Closed secrets", keys, cookies) }
        }
    }
}
