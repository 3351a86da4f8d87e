//! Key files that are added, changed, away or wrong while a keyring is in use.

use super::*;

fn put_back(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_file_that_somebody_adds_seals_at_once_in_every_process() {
    let (_folder, keys, keyring) = keyring();
    let old = now(keyring.seal(&PLACE, b"old")).unwrap();
    let other_process = Keyring::look(&keys, &Clock::system());
    let added = other_process.add_file().unwrap();
    let new = now(keyring.seal(&PLACE, b"new")).unwrap();
    assert_eq!(Keyring::name_of(&new).unwrap(), KeyName { id: added.clone(), is_data_key: false });
    assert_eq!(now(keyring.sealing_key()).unwrap().id, added);
    assert_eq!(keyring.open_prepared(&PLACE, &old).unwrap().as_slice(), b"old");
    let files = keyring.files().unwrap();
    assert_eq!(files.iter().map(|file| file.is_newest).collect::<Vec<_>>(), [true, false]);
    assert_eq!(files[0].id, added);
}

#[test]
fn what_is_added_is_the_newest_even_where_a_clock_went_back() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let clock = Clock::fixed(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let keyring = Keyring::open(&keys, &clock).unwrap();
    clock.advance(chrono::TimeDelta::days(-1));
    let added = keyring.add_file().unwrap();
    assert_eq!(now(keyring.sealing_key()).unwrap().id, added);
}

#[test]
fn content_that_changes_under_a_running_server_is_noticed_and_heals() {
    let (_folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    let file = only_file(&keys);
    let text = fs::read_to_string(&file).unwrap();
    let scrambled = text.replace(['A', 'B', 'C', 'D'], "x");
    assert_ne!(scrambled, text);
    for wrong in [scrambled.as_str(), &text[..text.len() / 2], ""] {
        put_back(&file, wrong);
        let error = keyring.open_prepared(&PLACE, &blob).unwrap_err();
        assert!(matches!(&error, OpenError::KeyFile { cause, .. } if cause.contains("not the key")), "{error:?}");
        assert!(keyring.files().unwrap()[0].trouble.is_some());
        assert!(keyring.check().is_err());
    }
    put_back(&file, &text);
    assert!(keyring.open_prepared(&PLACE, &blob).is_ok(), "healed without a restart");
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let (_folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    let (file, away) = (only_file(&keys), keys.join("away"));
    fs::rename(&file, &away).unwrap();
    let refused = |word: &str| {
        let error = keyring.open_prepared(&PLACE, &blob).unwrap_err();
        assert!(matches!(&error, OpenError::KeyFile { cause, .. } if cause.contains(word)), "{error:?}");
    };
    std::os::unix::fs::symlink(&away, &file).unwrap();
    refused(file.to_str().unwrap());
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused("not a file");
    fs::remove_dir(&file).unwrap();
    refused("missing");
    fs::rename(&away, &file).unwrap();
    assert!(keyring.open_prepared(&PLACE, &blob).is_ok());
}

#[test]
fn the_folder_may_be_gone_a_file_or_open_to_others() {
    let (folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"fake secret")).unwrap();
    let away = folder.path().join("away");
    fs::rename(&keys, &away).unwrap();
    assert!(matches!(keyring.open_prepared(&PLACE, &blob), Err(OpenError::KeyFile { .. })));
    assert!(now(keyring.seal(&PLACE, b"x")).unwrap_err().to_string().contains(keys.to_str().unwrap()));
    assert!(keyring.files().is_err() && keyring.check().is_err());
    fs::write(&keys, "").unwrap();
    assert!(Keyring::open(&keys, &Clock::system()).is_err());
    fs::remove_file(&keys).unwrap();
    fs::rename(&away, &keys).unwrap();
    assert!(keyring.open_prepared(&PLACE, &blob).is_ok(), "healed without a restart");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o750)).unwrap();
    assert!(keyring.files().unwrap_err().to_string().contains("0700"));
}

#[test]
fn one_look_at_each_key_however_many_secrets_name_it() {
    let (folder, keys, keyring) = keyring();
    let blob = now(keyring.seal(&PLACE, b"x")).unwrap();
    assert!(now(keyring.troubles(&[&blob, &blob])).is_empty());
    fs::rename(only_file(&keys), folder.path().join("away")).unwrap();
    let troubles = now(keyring.troubles(&[&blob, &blob, b"no seal", b""]));
    assert_eq!(troubles.len(), 2);
    let name = Keyring::name_of(&blob).unwrap().id;
    assert!(matches!(&troubles[&name], OpenError::KeyFile { file, .. } if *file == name));
    assert!(matches!(&troubles[""], OpenError::Decrypt { .. }));
}
