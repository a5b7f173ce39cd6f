//! Reading the layers, and remembering where each value came from.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Num, Value},
};

use super::{
    Config, EffectiveValue,
    check::check,
    show::{effective, source_name},
};

pub(super) const DEFAULTS: &str = include_str!("default.toml");
const PREFIX: &str = "TINTYPE_";

/// Names the configuration file, and is itself no key.
const FILE_VARIABLE: &str = "TINTYPE_CONFIG";

/// Variables of the tests, which share the prefix.
const TEST_PREFIX: &str = "TINTYPE_TEST_";

/// The configuration cannot be used. The text says what is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("cannot read the configuration file {path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A variable that names no key.
    #[error("{variable} names no configuration key{}", suggestion(.nearest))]
    UnknownVariable {
        /// The variable.
        variable: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A value of the wrong type.
    #[error("{variable} must be {expected}")]
    WrongType {
        /// The variable.
        variable: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A value that does not fit, or a key that is not known.
    #[error("{0}")]
    Invalid(String),
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!(": did you mean {name}?"))
        .unwrap_or_default()
}

/// Where the layers come from.
#[derive(Debug, Clone, Default)]
pub struct ConfigSource {
    /// The file of `--config`.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Flags of the command line: name, key, value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// The configuration, and where it came from.
#[derive(Debug, Clone)]
pub struct LoadedConfig {
    /// The values.
    pub config: Config,
    /// Each key, its value and its source, in the order of the keys.
    pub effective: Vec<EffectiveValue>,
}

/// One value of one source, named so that figment can tell where it came from.
struct OneValue {
    source: String,
    key: String,
    value: Value,
}

impl Provider for OneValue {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut value = self.value.clone();
        for part in self.key.rsplit('.') {
            value = Value::from(Dict::from([(part.to_owned(), value)]));
        }
        Ok(Map::from([(
            Profile::Default,
            value.into_dict().unwrap_or_default(),
        )]))
    }
}

impl LoadedConfig {
    /// Reads all layers.
    ///
    /// # Errors
    /// When a layer cannot be read, names a key that there is not, or holds a value that does not fit.
    pub fn load(source: &ConfigSource) -> Result<Self, ConfigError> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let known = keys(&defaults);
        let mut figment = defaults.clone();
        let file = source
            .file
            .clone()
            .or_else(|| source.environment.get(FILE_VARIABLE).map(PathBuf::from));
        if let Some(path) = file {
            figment = figment.merge(read_file(&path)?);
        }
        for (variable, text) in &source.environment {
            if !variable.starts_with(PREFIX) || variable == FILE_VARIABLE || variable.starts_with(TEST_PREFIX)
            {
                continue;
            }
            let key = known
                .iter()
                .find(|key| variable_of(key) == *variable)
                .ok_or_else(|| {
                    let nearest = nearest(variable, known.iter().map(|key| variable_of(key)));
                    ConfigError::UnknownVariable {
                        variable: variable.clone(),
                        nearest,
                    }
                })?;
            let value = typed(&defaults, key, variable, text)?;
            figment = figment.merge(OneValue {
                source: variable.clone(),
                key: key.clone(),
                value,
            });
        }
        for (flag, key, text) in &source.flags {
            let value = typed(&defaults, key, flag, text)?;
            figment = figment.merge(OneValue {
                source: (*flag).into(),
                key: (*key).into(),
                value,
            });
        }
        let config: Config = figment
            .extract()
            .map_err(|error| ConfigError::Invalid(describe(&error)))?;
        check(&config).map_err(|contradiction| {
            ConfigError::Invalid(contradiction.with_source(&effective(&figment, contradiction.key).source))
        })?;
        let effective = known.iter().map(|key| effective(&figment, key)).collect();
        Ok(Self { config, effective })
    }
}

fn read_file(path: &Path) -> Result<figment::providers::Data<Toml>, ConfigError> {
    let failed = |source| ConfigError::File {
        path: path.display().to_string(),
        source,
    };
    // Read here to tell a missing file from an empty one; figment would take both alike.
    std::fs::File::open(path).map_err(failed)?;
    Ok(Toml::file_exact(path))
}

/// `catalog.url` is set by `TINTYPE_CATALOG_URL`.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

fn keys(defaults: &Figment) -> Vec<String> {
    fn collect(prefix: &str, dict: &Dict, found: &mut Vec<String>) {
        for (name, value) in dict {
            let key = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            match value.as_dict() {
                Some(inner) => collect(&key, inner, found),
                None => found.push(key),
            }
        }
    }
    let mut found = Vec::new();
    if let Ok(data) = defaults.data() {
        data.values().for_each(|dict| collect("", dict, &mut found));
    }
    found.sort_by_key(|key| (key.contains('.'), key.clone()));
    found
}

/// The text as the type that the key's default has.
fn typed(defaults: &Figment, key: &str, source: &str, text: &str) -> Result<Value, ConfigError> {
    let wrong = |expected| ConfigError::WrongType {
        variable: source.to_owned(),
        expected,
    };
    match defaults.find_value(key) {
        Ok(Value::Num(_, Num::F64(_))) => text
            .trim()
            .parse::<f64>()
            .map(Value::from)
            .map_err(|_| wrong("a number")),
        Ok(Value::Num(..)) => match text.trim().parse::<u64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err(wrong("a whole number")),
        },
        Ok(Value::Bool(..)) => text
            .trim()
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| wrong("true or false")),
        _ => Ok(Value::from(text.to_owned())),
    }
}

/// The error on one line: what, and where.
fn describe(error: &figment::Error) -> String {
    let path = error.path.join(".");
    let place = error.metadata.as_ref().map(source_name).unwrap_or_default();
    let mut text = error.kind.to_string();
    if !path.is_empty() {
        text = format!("{path}: {text}");
    }
    if place.is_empty() {
        text
    } else {
        format!("{text} (from {place})")
    }
}

/// The known name that differs least, if it is near enough to be a slip of the finger.
fn nearest(wrong: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .map(|name| (distance(wrong, &name), name))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, name)| name)
}

/// Levenshtein distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> ConfigSource {
        let environment = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        ConfigSource {
            environment,
            ..ConfigSource::default()
        }
    }

    fn value<'a>(loaded: &'a LoadedConfig, key: &str) -> &'a EffectiveValue {
        loaded.effective.iter().find(|value| value.key == key).unwrap()
    }

    #[test]
    fn every_layer_overrides_the_one_before_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tintype.toml");
        std::fs::write(
            &path,
            "listen = \"127.0.0.1:1\"\n[worker]\nlease_s = 7\nmax_attempts = 2\n",
        )
        .unwrap();
        let mut source = environment(&[
            ("TINTYPE_WORKER_LEASE_S", "8"),
            ("TINTYPE_DATA", "elsewhere"),
            ("PATH", "/bin"),
        ]);
        source.file = Some(path.clone());
        source.flags = vec![("--data", "data", "here".into())];
        let loaded = LoadedConfig::load(&source).unwrap();
        assert_eq!(loaded.config.listen.port(), 1);
        assert_eq!(
            (loaded.config.worker.lease_s, loaded.config.worker.max_attempts),
            (8, 2)
        );
        assert_eq!(loaded.config.data, Path::new("here"));
        assert_eq!(value(&loaded, "data").source, "--data");
        assert_eq!(value(&loaded, "worker.lease_s").source, "TINTYPE_WORKER_LEASE_S");
        assert_eq!(
            value(&loaded, "worker.max_attempts").source,
            format!("file {}", path.display())
        );
        assert_eq!(value(&loaded, "api.max_upload_mib").source, "default");
        assert_eq!(value(&loaded, "api.max_upload_mib").value, "100");
        assert_eq!(value(&loaded, "delivery.only_presets").value, "false");
    }

    #[test]
    fn a_variable_that_names_no_key_is_refused_with_the_one_that_was_meant() {
        let error = LoadedConfig::load(&environment(&[("TINTYPE_LISTNE", "x")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "TINTYPE_LISTNE names no configuration key: did you mean TINTYPE_LISTEN?"
        );
    }

    #[test]
    fn a_value_that_does_not_fit_says_where_it_stands() {
        let error = LoadedConfig::load(&environment(&[("TINTYPE_LISTEN", "nowhere")]))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("listen: ") && error.ends_with("(from TINTYPE_LISTEN)"),
            "{error}"
        );
        let error = LoadedConfig::load(&environment(&[("TINTYPE_WORKER_LEASE_S", "soon")]))
            .unwrap_err()
            .to_string();
        assert_eq!(error, "TINTYPE_WORKER_LEASE_S must be a whole number");
    }

    #[test]
    fn a_key_that_is_not_known_in_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tintype.toml");
        std::fs::write(&path, "[worker]\nleese_s = 7\n").unwrap();
        let source = ConfigSource {
            file: Some(path),
            ..ConfigSource::default()
        };
        let error = LoadedConfig::load(&source).unwrap_err().to_string();
        assert!(error.contains("leese_s"), "{error}");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let loaded = LoadedConfig::load(&environment(&[
            ("TINTYPE_DELIVERY_SIGNING_KEYS", "k1:c2VjcmV0"),
            ("TINTYPE_CATALOG_URL", "mysql://tintype:c2VjcmV0@db/tintype"),
        ]))
        .unwrap();
        assert_eq!(value(&loaded, "delivery.signing_keys").value, "(hidden)");
        assert_eq!(
            value(&loaded, "catalog.url").value,
            "\"mysql://tintype:(hidden)@db/tintype\""
        );
        assert!(!format!("{loaded:?}").contains("c2VjcmV0"));
    }
}
