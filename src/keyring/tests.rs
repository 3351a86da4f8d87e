mod files;
mod kms;
mod service;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

const PLACE: Place<'_> = Place { table: "access_keys", row: "r1", column: "secret", fixed: ["KEYID", "aws"] };

fn keyring() -> (tempfile::TempDir, PathBuf, Keyring) {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let keyring = Keyring::open(&keys, &Clock::system()).unwrap();
    (folder, keys, keyring)
}

fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

fn only_file(keys: &PathBuf) -> PathBuf {
    fs::read_dir(keys).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_secret_comes_back_only_at_its_place() {
    let (_folder, _, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    assert!(!blob.windows(4).any(|window| window == b"fake"));
    assert_eq!(keyring.open_prepared(&PLACE, &blob).unwrap().as_slice(), b"fake secret");
    let elsewhere = [
        Place { table: "settings", ..PLACE },
        Place { row: "r2", ..PLACE },
        Place { column: "note", ..PLACE },
        Place { fixed: ["KEYID", "aws-cn"], ..PLACE },
        Place { fixed: ["KEYIDaws", ""], ..PLACE },
        Place { fixed: ["KEYIDa", "ws"], ..PLACE },
        Place { row: "r", column: "1secret", ..PLACE },
    ];
    for place in elsewhere {
        assert!(matches!(keyring.open_prepared(&place, &blob), Err(OpenError::Decrypt { .. })), "{place:?}");
    }
}

#[test]
fn every_changed_bit_is_found() {
    let (_folder, _, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    for byte in 0..blob.len() {
        for bit in 0..8 {
            let mut changed = blob.clone();
            changed[byte] ^= 1 << bit;
            assert!(keyring.open_prepared(&PLACE, &changed).is_err(), "byte {byte}, bit {bit}");
        }
    }
    for length in 0..blob.len() {
        assert!(keyring.open_prepared(&PLACE, &blob[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn the_two_failures_are_never_mixed_and_heal() {
    let (folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    let (file, away) = (only_file(&keys), folder.path().join("away"));
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name.len(), 40);

    fs::rename(&file, &away).unwrap();
    let error = keyring.open_prepared(&PLACE, &blob).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.file()), ("Unable to read encryption key file", name.as_str()));
    fs::rename(&away, &file).unwrap();
    assert!(keyring.open_prepared(&PLACE, &blob).is_ok(), "healed without a restart");

    let mut changed = blob;
    *changed.last_mut().unwrap() ^= 1;
    let error = keyring.open_prepared(&PLACE, &changed).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.file()), ("Unable to decrypt AWS Secret Key", name.as_str()));
}

#[test]
fn a_file_that_others_may_read_or_that_was_changed_is_refused() {
    let (_folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    let file = only_file(&keys);
    let text = fs::read_to_string(&file).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(keyring.open_prepared(&PLACE, &blob), Err(OpenError::KeyFile { .. })));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(keyring.open_prepared(&PLACE, &blob).is_ok());

    let (_another_folder, other_keys, _) = self::keyring();
    let foreign = fs::read_to_string(only_file(&other_keys)).unwrap();
    for wrong in [
        &foreign,
        &text[..text.len() - 10],
        "",
        "daypass key file, version 2\n",
        &text.replace("version 1", "version 9"),
    ] {
        fs::write(&file, wrong).unwrap();
        let reopened = Keyring::open(&keys, &Clock::system()).unwrap();
        let error = reopened.open_prepared(&PLACE, &blob).unwrap_err();
        assert!(matches!(&error, OpenError::KeyFile { cause, .. } if cause.contains("not the key")), "{error:?}");
    }
    fs::write(&file, &text).unwrap();
    assert!(Keyring::open(&keys, &Clock::system()).unwrap().open_prepared(&PLACE, &blob).is_ok());
}

#[test]
fn folder_and_file_are_ours_alone() {
    let (_folder, keys, _) = keyring();
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(only_file(&keys)).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Keyring::open(&keys, &Clock::system()).unwrap_err().to_string().contains("0700"));
}

#[test]
fn the_newest_readable_key_seals_and_older_ones_open() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let clock = Clock::fixed(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let old = now(Keyring::open(&keys, &clock).unwrap().seal(&PLACE, b"old")).unwrap();
    clock.advance(chrono::TimeDelta::seconds(1));
    let newer = key_file::create(&keys, clock.now()).unwrap();
    let keyring = Keyring::open(&keys, &clock).unwrap();
    let sealed = now(keyring.seal(&PLACE, b"new")).unwrap();
    assert_eq!(Blob::parse(&sealed).unwrap().id, newer);
    assert_eq!(keyring.open_prepared(&PLACE, &old).unwrap().as_slice(), b"old");
    // With every file gone, sealing makes a new key; what is sealed under lost ones stays closed.
    for file in fs::read_dir(&keys).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let again = now(keyring.seal(&PLACE, b"again")).unwrap();
    assert_eq!(keyring.open_prepared(&PLACE, &again).unwrap().as_slice(), b"again");
    assert!(matches!(keyring.open_prepared(&PLACE, &sealed), Err(OpenError::KeyFile { .. })));
}

#[test]
fn nonces_do_not_repeat() {
    let (_folder, _, keyring) = keyring();
    let nonces: std::collections::HashSet<Vec<u8>> =
        (0..2_000).map(|_| now(keyring.seal(&PLACE, b"x")).unwrap()[21..33].to_vec()).collect();
    assert_eq!(nonces.len(), 2_000);
}
