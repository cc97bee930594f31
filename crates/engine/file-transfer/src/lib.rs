//! Files in chunks over a data channel, hashed and resumable.
