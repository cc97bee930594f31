//! Random secrets and their fingerprints, which are `backend/web`'s, and password hashes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
pub use confab_backend_web::secret::{Fingerprint, SecretError, fingerprint, random, token};

/// A password of 80 random bits that people can read to each other: 16 letters and digits in four groups.
pub fn password() -> Result<String, SecretError> {
    // Without i, l, o and u: nobody mistakes one for another.
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bytes = random()?;
    let letters: Vec<char> =
        bytes[..16].iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// The Argon2id hash of a password with a salt of its own, in PHC form. Takes some 20 ms and 19 MiB.
pub fn hash_password(password: &str) -> Result<String, SecretError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(SecretError::new)
}

/// Whether the password belongs to the hash. As slow as [`hash_password`].
pub fn verify_password(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horse ", &hash) && !verify_password("", &hash));
        assert!(!verify_password("x", "no hash"));
    }

    #[test]
    fn secrets_differ_and_passwords_can_be_read_aloud() {
        assert_ne!(token().unwrap(), token().unwrap());
        assert_eq!(token().unwrap().len(), 64);
        let password = password().unwrap();
        assert!(password.len() == 19 && password.chars().all(|c| c == '-' || c.is_ascii_alphanumeric()));
    }
}
