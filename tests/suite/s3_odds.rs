//! What is odd about S3, its servers and the ways to them, and has to work all the same.

mod access;
mod damage;
mod names;
mod payload;
mod ways;
