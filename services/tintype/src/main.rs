//! `tintype`: see `tintype --help`.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match tintype::cli::run(tintype::cli::Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: what is wrong, and what is behind it.
            tintype::output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
