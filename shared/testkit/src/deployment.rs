//! Tintype in processes of its own, whoever started them.

use std::{
    net::{IpAddr, Ipv4Addr},
    process::Output,
};

/// An installation that a story meets from outside: over HTTP, and by the commands that an operator has.
pub trait Deployment: Send + Sync {
    /// Where it is reached.
    fn url(&self) -> String;

    /// Runs a command of the executable where it is installed.
    fn command(&self, arguments: &[&str], input: &str) -> Output;

    /// Its `delivery.signing_keys`.
    fn signing_keys(&self) -> String;

    /// Adds a person.
    fn add_user(&self, email: &str, role: &str, password: &str) {
        let arguments = [
            "user",
            "add",
            "--email",
            email,
            "--role",
            role,
            "--password-stdin",
        ];
        text(&self.command(&arguments, &format!("{password}\n")));
    }

    /// The address of this machine that it can post to.
    fn address_of_this_machine(&self) -> IpAddr {
        Ipv4Addr::LOCALHOST.into()
    }
}

/// What a command printed, which must have done what it was to do.
pub(crate) fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}
