//! The signing key on disk. Who wants another one removes the file and starts again; tokens of the old one are refused
//! from then on.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use confab_identity::SigningKey;

use super::OidcError;
use crate::accounts;

/// In the data folder, readable by its owner only.
pub(super) const NAME: &str = "oidc-key.txt";

/// The kept key, else a new one.
pub(super) fn open(folder: &Path) -> Result<SigningKey, OidcError> {
    let path = folder.join(NAME);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(SigningKey::from_text(&text)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = SigningKey::generate()?;
            accounts::write_private(&path, &key.to_text())?;
            Ok(key)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stays_until_its_file_is_removed_and_is_nobody_elses_to_read() {
        let folder = std::env::temp_dir().join(format!("confab-oidc-key-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let first = open(&folder).unwrap().jwk();
        assert_eq!(open(&folder).unwrap().jwk(), first);
        #[cfg(unix)]
        {
            let mode = fs::metadata(folder.join(NAME)).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        fs::remove_file(folder.join(NAME)).unwrap();
        assert_ne!(open(&folder).unwrap().jwk(), first);
        fs::write(folder.join(NAME), "nonsense").unwrap();
        assert!(matches!(open(&folder), Err(OidcError::Key(_))));
        fs::remove_dir_all(&folder).unwrap();
    }
}
