//! Tintype in one process, on a folder.

use std::path::Path;

use testkit::{Program, run_command};

use crate::{
    library::{EDITOR, Visitor},
    printed,
};

pub(crate) const EXECUTABLE: &str = env!("CARGO_BIN_EXE_tintype");

/// A new library that is used by an editor and by whoever has the key.
pub(crate) fn begin(data: &Path) -> (Program, Visitor) {
    let program = Program::start(EXECUTABLE, data, &[]);
    let key = add_people(|arguments, input| printed(&program.command(arguments, input)));
    let visitor = Visitor::new(&program.url(), &key);
    (program, visitor)
}

/// Adds the editor, and a key that may do everything.
pub(crate) fn add_people(run: impl Fn(&[&str], &str) -> String) -> String {
    let (email, password) = EDITOR;
    let editor = [
        "user",
        "add",
        "--email",
        email,
        "--role",
        "editor",
        "--password-stdin",
    ];
    run(&editor, &format!("{password}\n"));
    let key = run(
        &["key", "add", "--name", "test", "--scopes", "read,write,admin"],
        "",
    );
    key.trim().to_owned()
}

/// Runs a command on a data folder.
pub(crate) fn command(data: &Path, arguments: &[&str]) -> std::process::Output {
    run_command(Path::new(EXECUTABLE), data, &[], arguments, "")
}

/// Every file of a folder and what is in it.
pub(crate) fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}
