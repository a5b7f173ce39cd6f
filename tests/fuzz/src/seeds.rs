//! `seeds FOLDER TARGET...`: writes what each target begins with into a folder of its name.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_default());
    for target in arguments {
        let files = match target.as_str() {
            "options" => delivery_url::fuzzing::seeds(),
            other => imaging::fuzzing::seeds(other),
        };
        let folder = folder.join(&target);
        fs::create_dir_all(&folder)?;
        for (i, file) in files.iter().enumerate() {
            fs::write(folder.join(format!("seed-{i:02}")), file)?;
        }
    }
    Ok(())
}
