//! Which installation this is: a copy of the database elsewhere must not do the same jobs at AWS.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::config::Server;
use crate::random;

/// The name of the file in the data folder.
const FILE: &str = "instance";

/// `server.instance`, else what the data folder's file says, which is made where there is none.
///
/// # Errors
/// A sentence, where the file can be neither read nor made. Everything but jobs works without.
pub(super) fn id(server: &Server) -> Result<String, String> {
    if let Some(configured) = &server.instance {
        return Ok(configured.clone());
    }
    let path = server.data_dir.join(FILE);
    let read_or_made = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&server.data_dir, &path),
        read => read,
    };
    let cannot = |why: &str| format!("{}: {why}. Set server.instance, or let Daypass write there", path.display());
    let text = read_or_made.map_err(|error| cannot(&error.to_string()))?;
    let id = text.trim();
    let fits = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| !c.is_control());
    fits.then(|| id.to_owned()).ok_or_else(|| cannot("it holds no name"))
}

/// Makes the file whole or not at all: whoever is first wins, also among processes.
fn make(folder: &Path, path: &Path) -> std::io::Result<String> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!("{FILE}.{}", random::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = file.write_all(format!("{}\n", random::id()).as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => {
            fs::File::open(folder)?.sync_all()?;
            fs::read_to_string(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_the_same_and_differs_from_folder_to_folder() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let of = |folder: &Path| id(&Server { data_dir: folder.join("data"), ..Server::default() });
        let first = of(here.path()).unwrap();
        assert_eq!(of(here.path()).unwrap(), first);
        assert_ne!(of(there.path()).unwrap(), first);
        assert_eq!(fs::read_dir(here.path().join("data")).unwrap().count(), 1);
        let named = Server { instance: Some("live".to_owned()), ..Server::default() };
        assert_eq!(id(&named).unwrap(), "live");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "\n").unwrap();
        let server = Server { data_dir: folder.path().to_owned(), ..Server::default() };
        assert!(id(&server).unwrap_err().contains("holds no name"));
    }
}
