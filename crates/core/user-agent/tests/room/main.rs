//! A program in a moderated room, against the messages of the protocol page.

mod arriving;
mod chat;
mod devices;
mod house;
mod power;
