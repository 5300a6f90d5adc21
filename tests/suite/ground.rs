//! The ground that the tests stand on: if one of these fails, believe none of the others.

mod observer;
mod proxy;
mod run;
