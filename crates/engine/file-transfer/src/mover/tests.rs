//! Two movers and a channel in memory: limits, outages, and peers of every kind.

mod hostile;
mod pair;
mod transfers;
