//! Which bucket a blob lies in, and under which name.

use domain::BlobKey;

/// Blobs of these prefixes may have a bucket of their own.
const UPLOADS: &[&str] = &[BlobKey::UPLOADS];
const DERIVATIVES: &[&str] = &[BlobKey::IMAGES, BlobKey::LIBRARY];

/// The text is not the URL of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the URL of a bucket: expected s3://BUCKET or s3://BUCKET/PREFIX")]
pub struct InvalidS3Url(pub String);

/// A bucket, or the part of it whose objects' names begin with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    bucket: String,
    /// Empty, or with `/` at its end.
    prefix: String,
}

impl S3Location {
    /// The location of `s3://BUCKET[/PREFIX]`.
    ///
    /// # Errors
    /// When it is none. Names are kept to what needs no escaping anywhere.
    pub fn parse(url: &str) -> Result<Self, InvalidS3Url> {
        let invalid = || InvalidS3Url(url.to_owned());
        let rest = url.strip_prefix("s3://").ok_or_else(invalid)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        let in_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        let in_prefix = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let sound = (3..=63).contains(&bucket.len())
            && bucket.chars().all(in_bucket)
            && (prefix.is_empty()
                || prefix
                    .split('/')
                    .all(|part| !part.is_empty() && part.chars().all(in_prefix)));
        if !sound {
            return Err(invalid());
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}/")
            },
        })
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The name of the object that holds the blob.
    pub(crate) fn object(&self, key: &BlobKey) -> String {
        self.named(key.as_str())
    }

    /// The name in the bucket of a key, or of the beginning of one.
    pub(crate) fn named(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The blob that the object holds; none where it holds none of ours.
    pub(crate) fn key(&self, object: &str) -> Option<BlobKey> {
        BlobKey::parse(object.strip_prefix(self.prefix.as_str())?).ok()
    }
}

/// Where blobs lie.
#[derive(Debug, Clone)]
pub struct S3Places {
    originals: S3Location,
    uploads: S3Location,
    derivatives: S3Location,
}

impl S3Places {
    /// Originals, and all that has no location of its own, in `originals`; what clients send themselves in `uploads`; what was
    /// derived in `derivatives`.
    pub fn new(originals: S3Location, uploads: Option<S3Location>, derivatives: Option<S3Location>) -> Self {
        Self {
            uploads: uploads.unwrap_or_else(|| originals.clone()),
            derivatives: derivatives.unwrap_or_else(|| originals.clone()),
            originals,
        }
    }

    /// Where a blob lies.
    pub(crate) fn of(&self, key: &BlobKey) -> &S3Location {
        self.routes()
            .find(|(prefix, _)| key.as_str().starts_with(prefix))
            .map_or(&self.originals, |(_, place)| place)
    }

    /// Where what clients send themselves lies.
    pub(crate) const fn uploads(&self) -> &S3Location {
        &self.uploads
    }

    /// Where what was derived lies.
    pub(crate) const fn derivatives(&self) -> &S3Location {
        &self.derivatives
    }

    /// Every location once.
    pub(crate) fn all(&self) -> Vec<&S3Location> {
        let mut all: Vec<&S3Location> = Vec::new();
        for place in [&self.originals, &self.uploads, &self.derivatives] {
            if !all.contains(&place) {
                all.push(place);
            }
        }
        all
    }

    /// Where the blobs lie whose keys begin with `prefix`: locations, and what to list in each.
    pub(crate) fn holding<'a>(&'a self, prefix: &'a str) -> Vec<(&'a S3Location, &'a str)> {
        if let Some((_, place)) = self.routes().find(|(route, _)| prefix.starts_with(route)) {
            return vec![(place, prefix)];
        }
        let mut found = vec![(&self.originals, prefix)];
        found.extend(
            self.routes()
                .filter(|(route, place)| route.starts_with(prefix) && *place != &self.originals)
                .map(|(route, place)| (place, route)),
        );
        found
    }

    fn routes(&self) -> impl Iterator<Item = (&'static str, &S3Location)> {
        let uploads = UPLOADS.iter().map(|prefix| (*prefix, &self.uploads));
        let derivatives = DERIVATIVES.iter().map(|prefix| (*prefix, &self.derivatives));
        uploads.chain(derivatives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> S3Location {
        S3Location::parse(url).unwrap()
    }

    #[test]
    fn a_location_is_a_bucket_and_perhaps_a_prefix() {
        assert_eq!(at("s3://pictures").bucket(), "pictures");
        let key = BlobKey::parse("images/a/x").unwrap();
        assert_eq!(at("s3://pictures").object(&key), "images/a/x");
        assert_eq!(at("s3://pictures/"), at("s3://pictures"));
        let nested = at("s3://pictures/team-a/Tintype/");
        assert_eq!(nested.object(&key), "team-a/Tintype/images/a/x");
        assert_eq!(nested.key("team-a/Tintype/images/a/x"), Some(key));
        assert_eq!(nested.key("team-b/images/a/x"), None);
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for wrong in [
            "",
            "pictures",
            "s3://",
            "s3://ab",
            "s3://Pictures",
            "s3://pictures//x",
            "s3://pictures/a b",
        ] {
            assert!(S3Location::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn each_kind_of_blob_has_its_bucket() {
        let places = S3Places::new(
            at("s3://originals"),
            Some(at("s3://uploads")),
            Some(at("s3://derived")),
        );
        let bucket = |key: &str| places.of(&BlobKey::parse(key).unwrap()).bucket().to_owned();
        assert_eq!(bucket("originals/x"), "originals");
        assert_eq!(bucket("uploads/x"), "uploads");
        assert_eq!(bucket("images/x/manifest.json"), "derived");
        assert_eq!(bucket("library/presets.json"), "derived");
        assert_eq!(bucket("anything/else"), "originals");
    }

    #[test]
    fn a_listing_asks_just_the_buckets_that_may_hold_something() {
        let three = S3Places::new(
            at("s3://originals"),
            Some(at("s3://uploads")),
            Some(at("s3://derived")),
        );
        let names = |places: &S3Places, prefix: &str| -> Vec<String> {
            let found = places.holding(prefix);
            found
                .iter()
                .map(|(place, prefix)| format!("{}:{prefix}", place.bucket()))
                .collect()
        };
        assert_eq!(names(&three, "images/0"), ["derived:images/0"]);
        assert_eq!(names(&three, "originals/"), ["originals:originals/"]);
        assert_eq!(
            names(&three, ""),
            [
                "originals:",
                "uploads:uploads/",
                "derived:images/",
                "derived:library/"
            ]
        );
        let one = S3Places::new(at("s3://originals"), None, None);
        assert_eq!(names(&one, ""), ["originals:"]);
    }
}
