//! A delivery path as it is meant: cut at its slashes, and free of percent-encoding.

use super::SignatureError;

/// The options that a signature depends on: each at most once.
const SINGLE: [&str; 3] = ["exp", "kid", "sig"];

/// What stands in a path as it is, beside letters and digits: "unreserved", "sub-delims", ":" and "@" (RFC 3986, 3.3).
const PLAIN: &[u8] = b"-._~!$&'()*+,;=:@";

/// `/i/{id}/{options}[/{name}]`. It is cut first and decoded then: what was a slash before is a border, and there is no
/// other.
pub(super) struct DeliveryPath {
    id: String,
    /// The options, cut at their commas: `key=value` each, or what somebody wrote in its place.
    options: Vec<String>,
    name: Option<String>,
}

impl DeliveryPath {
    /// Reads a path as it stands in a URL.
    pub(super) fn parse(path: &str) -> Result<Self, SignatureError> {
        let not_one = SignatureError::NotADeliveryPath;
        let segments = path.strip_prefix("/i/").ok_or(not_one)?;
        if segments.contains(['?', '#']) {
            return Err(not_one);
        }
        let mut segments = segments.split('/').map(|segment| {
            if segment.is_empty() {
                Err(not_one)
            } else {
                decode(segment)
            }
        });
        let (Some(id), Some(options), name, None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(not_one);
        };
        let parsed = Self {
            id: id?,
            options: options?.split(',').map(str::to_owned).collect(),
            name: name.transpose()?,
        };
        for option in SINGLE {
            if parsed.values(option).count() > 1 {
                return Err(SignatureError::Repeated { option });
            }
        }
        Ok(parsed)
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter_map(move |option| value_of(option, name))
    }

    /// The value of the option.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Whether the option is the last one.
    pub(super) fn ends_with(&self, name: &str) -> bool {
        self.options
            .last()
            .is_some_and(|option| value_of(option, name).is_some())
    }

    /// Takes the option out; its value.
    pub(super) fn remove(&mut self, name: &str) -> Option<String> {
        let value = self.value(name).map(str::to_owned);
        self.options.retain(|option| value_of(option, name).is_none());
        value
    }

    /// Adds an option at the end.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.options.push(format!("{name}={value}"));
    }

    /// What is signed.
    pub(super) fn message(&self) -> String {
        self.joined(str::to_owned)
    }

    /// The path as it can stand in a URL.
    pub(super) fn to_url(&self) -> String {
        self.joined(encode)
    }

    fn joined(&self, spelled: impl Fn(&str) -> String) -> String {
        let mut path = format!("/i/{}/{}", spelled(&self.id), spelled(&self.options.join(",")));
        if let Some(name) = &self.name {
            path.push('/');
            path.push_str(&spelled(name));
        }
        path
    }
}

fn value_of<'a>(option: &'a str, name: &str) -> Option<&'a str> {
    option.strip_prefix(name)?.strip_prefix('=')
}

/// The segment without percent-encoding. Strict: what one side passes over, another might read in its own way.
fn decode(segment: &str) -> Result<String, SignatureError> {
    let wrong = SignatureError::PercentEncoding;
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => u8::try_from(high << 4 | low).map_err(|_| wrong)?,
                _ => return Err(wrong),
            },
            byte => byte,
        });
    }
    if decoded.contains(&b'/') {
        return Err(wrong);
    }
    String::from_utf8(decoded).map_err(|_| wrong)
}

fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
