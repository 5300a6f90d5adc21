use std::process::ExitCode;

fn main() -> ExitCode {
    z3::commands::pput()
}
