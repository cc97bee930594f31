//! Invitations by mail. Of their codes only fingerprints are stored.

use confab_rethink::Url;
use confab_rooms::{CodePrint, InvitationRecord};
use rusqlite::params;

use super::{Database, DatabaseError};

impl Database {
    /// Every invitation, oldest first. One whose inviter or codes cannot be read is left out.
    pub fn invitations(&self) -> Result<Vec<InvitationRecord>, DatabaseError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT uid, room, codes, name, mail, by, by_name, language, sequence, used, created, expires
             FROM invitation ORDER BY created, uid",
        )?;
        let rows = statement.query_map([], |row| {
            let (codes, by): (Vec<u8>, String) = (row.get(2)?, row.get(5)?);
            let (prints, rest) = codes.as_chunks::<32>();
            let readable = !prints.is_empty() && rest.is_empty();
            let Some(by) = Url::parse(&by).ok().filter(|_| readable) else { return Ok(None) };
            let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
            Ok(Some(InvitationRecord {
                uid: row.get(0)?,
                room: row.get(1)?,
                codes: prints.iter().copied().map(CodePrint).collect(),
                name: row.get(3)?,
                mail: row.get(4)?,
                by,
                by_name: row.get(6)?,
                language: row.get(7)?,
                sequence: row.get(8)?,
                used: row.get(9)?,
                created: number(10)?,
                expires: number(11)?,
            }))
        })?;
        Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }

    /// Keeps an invitation, in place of what was kept of it before.
    pub fn put_invitation(&self, invitation: &InvitationRecord) -> Result<(), DatabaseError> {
        let InvitationRecord { uid, room, codes, name, mail, by, by_name, language, .. } = invitation;
        let codes: Vec<u8> = codes.iter().flat_map(|code| code.0).collect();
        let date = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX);
        let (created, expires) = (date(invitation.created), date(invitation.expires));
        let (sequence, used) = (invitation.sequence, invitation.used);
        let sql = "INSERT OR REPLACE INTO invitation
            (uid, room, codes, name, mail, by, by_name, language, sequence, used, created, expires)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let by = by.as_str();
        let values =
            params![uid, room, codes, name, mail, by, by_name, language, sequence, used, created, expires];
        self.lock().execute(sql, values)?;
        Ok(())
    }

    /// Forgets an invitation.
    pub fn remove_invitation(&self, uid: &str) -> Result<(), DatabaseError> {
        self.lock().execute("DELETE FROM invitation WHERE uid = ?1", [uid])?;
        Ok(())
    }

    /// Forgets those that are too old at that moment of Unix time in milliseconds.
    pub fn prune_invitations(&self, now: i64) -> Result<(), DatabaseError> {
        self.lock().execute("DELETE FROM invitation WHERE expires <= ?1", [now])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_kept_as_it_was_until_it_is_too_old() {
        let database = Database::in_memory().unwrap();
        let invitation = InvitationRecord {
            uid: "0b7e".into(),
            room: "4711".into(),
            codes: vec![CodePrint([1; 32]), CodePrint([2; 32])],
            name: "Zoë".into(),
            mail: "zoe@mail.example".into(),
            by: Url::parse("user://csp.test/alice@csp.test").unwrap(),
            by_name: "Alice".into(),
            language: "de".into(),
            sequence: 3,
            used: true,
            created: 10,
            expires: 20,
        };
        let other = InvitationRecord { uid: "0b7f".into(), sequence: 0, expires: 21, ..invitation.clone() };
        database.put_invitation(&InvitationRecord { sequence: 2, ..invitation.clone() }).unwrap();
        database.put_invitation(&invitation).unwrap();
        database.put_invitation(&other).unwrap();
        assert_eq!(database.invitations().unwrap(), [invitation, other.clone()]);
        database.prune_invitations(20).unwrap();
        assert_eq!(database.invitations().unwrap(), [other]);
        database.remove_invitation("0b7f").unwrap();
        assert_eq!(database.invitations().unwrap(), []);
    }
}
