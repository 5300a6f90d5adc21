//! What breaks while z3 works, and what has to be true afterwards: the key holds what it held before, or the whole new
//! object; nothing is left behind; nobody is told that all is well when it is not.

mod commit;
mod connections;
mod download;
mod kills;
mod memory;
mod restore;
mod scene;
mod signals;
mod source;
mod speed;
mod upload;
