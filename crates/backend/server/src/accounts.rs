//! The accounts that are made at the start, and the file that keeps their password.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::database::{Database, DatabaseError};
use crate::secret::{self, SecretError};

/// Where the password of the made accounts is kept, readable by its owner only.
const PASSWORD_FILE: &str = "qa-password.txt";

/// Why the accounts could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not 1 to 64 of `a-z 0-9 . - _`, or a name of the backend's own.
    #[error("account name {0:?} is not 1 to 64 of a-z, 0-9, '.', '-', '_' or is taken by the backend")]
    Name(String),
    /// The password file.
    #[error("{PASSWORD_FILE}: {0}")]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness, or no memory for a hash.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Makes the accounts that are missing. Returns the password they have: the wanted one, else the kept one, else a new
/// one; `None` where there are to be none. A wanted password that differs from the kept one is given to all of them.
pub fn prepare(
    database: &Database,
    folder: &Path,
    names: &[String],
    wanted: Option<&str>,
) -> Result<Option<String>, AccountError> {
    if names.is_empty() {
        return Ok(None);
    }
    let file = folder.join(PASSWORD_FILE);
    let kept = match fs::read_to_string(&file) {
        Ok(text) => Some(text.trim().to_owned()).filter(|kept| !kept.is_empty()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    // An empty one, as of a variable that is set to nothing, would let everybody in.
    let password = match (wanted.filter(|wanted| !wanted.is_empty()), &kept) {
        (Some(wanted), _) => wanted.to_owned(),
        (None, Some(kept)) => kept.clone(),
        (None, None) => secret::password()?,
    };
    let changed = kept.as_deref() != Some(password.as_str());
    for name in names {
        if !is_name(name) {
            return Err(AccountError::Name(name.clone()));
        }
        match database.user(name)? {
            None => database.add_user(name, &display_name(name), &secret::hash_password(&password)?)?,
            Some(_) if changed => database.set_password(name, &secret::hash_password(&password)?)?,
            Some(_) => {}
        }
    }
    if changed {
        write_private(&file, &password)?;
    }
    Ok(Some(password))
}

pub(crate) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let taken = name == crate::resident::NAME || name.starts_with(crate::guests::PREFIX);
    (1..=64).contains(&name.len()) && name.bytes().all(fits) && !taken
}

/// `alice` is Alice.
fn display_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// Writes a secret that its owner only may read, whole or not at all: what a crash has cut off would be none.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    drop(file);
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_stays_until_another_one_is_wanted() {
        let folder = std::env::temp_dir().join(format!("confab-accounts-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let database = Database::in_memory().unwrap();
        let names = ["zoe".to_owned()];
        assert_eq!(prepare(&database, &folder, &[], Some("wanted")).unwrap(), None);
        assert!(!folder.join(PASSWORD_FILE).exists(), "a password of nobody");
        let prepared = |wanted| prepare(&database, &folder, &names, wanted).unwrap().unwrap();
        let first = prepared(None);
        assert_eq!(prepared(None), first);
        let hash = || database.user("zoe").unwrap().unwrap().password;
        assert!(secret::verify_password(&first, &hash()));
        assert_eq!(prepared(Some("wanted")), "wanted");
        assert!(secret::verify_password("wanted", &hash()));
        assert_eq!(prepared(Some("")), "wanted", "nothing is no password");
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder.join(PASSWORD_FILE)).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        for bad in ["", "Zoe", "a b", crate::resident::NAME, "guest-7"] {
            let refused = prepare(&database, &folder, &[bad.to_owned()], None);
            assert!(matches!(refused, Err(AccountError::Name(_))), "{bad}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
