//! Telling what is configured, and from where, without telling secrets.

use figment::{
    Figment, Metadata,
    value::{Num, Value},
};

/// Keys whose values are never shown.
const SECRETS: [&str; 1] = ["delivery.signing_keys"];

/// Keys whose values are URLs that may hold a password.
const URLS: [&str; 1] = ["catalog.url"];

const HIDDEN: &str = "(hidden)";

/// One key, for `tintype config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveValue {
    /// Its path, such as `catalog.url`.
    pub key: String,
    /// Its value as TOML; secrets are hidden.
    pub value: String,
    /// Such as "default", "file tintype.toml", "TINTYPE_LISTEN", "--listen".
    pub source: String,
}

pub(super) fn effective(figment: &Figment, key: &str) -> EffectiveValue {
    let value = match figment.find_value(key) {
        Ok(Value::String(_, text)) if SECRETS.contains(&key) && !text.is_empty() => HIDDEN.to_owned(),
        Ok(Value::String(_, text)) if URLS.contains(&key) => format!("{:?}", without_password(&text)),
        Ok(Value::String(_, text)) => format!("{text:?}"),
        Ok(Value::Num(_, Num::U64(number))) => number.to_string(),
        Ok(Value::Num(_, Num::F64(number))) => number.to_string(),
        Ok(Value::Bool(_, yes)) => yes.to_string(),
        Ok(value) => value
            .to_i128()
            .map(|number| number.to_string())
            .unwrap_or_else(|| format!("{value:?}")),
        Err(_) => String::new(),
    };
    let source = figment
        .find_metadata(key)
        .map_or_else(|| "default".to_owned(), source_name);
    EffectiveValue {
        key: key.to_owned(),
        value,
        source,
    }
}

pub(super) fn source_name(metadata: &Metadata) -> String {
    match metadata.source.as_ref().and_then(|source| source.file_path()) {
        Some(path) => format!("file {}", path.display()),
        None if metadata.name.contains("TOML") => "default".to_owned(),
        None => metadata.name.to_string(),
    }
}

/// The URL with its password hidden. The last `@` ends it: a password that was not percent-encoded may hold one.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((user, host)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:{HIDDEN}@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn the_password_of_a_url_is_hidden_and_the_rest_is_shown() {
        assert_eq!(
            without_password("mysql://a:p@ss/w@host/x"),
            "mysql://a:(hidden)@host/x"
        );
        assert_eq!(without_password("mysql://a@host:3306/x"), "mysql://a@host:3306/x");
        assert_eq!(without_password("sqlite:///a/b"), "sqlite:///a/b");
        assert_eq!(without_password(""), "");
    }
}
