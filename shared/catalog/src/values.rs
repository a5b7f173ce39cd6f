//! How rows are read, and how the domain's values stand in columns.

use std::{fmt::Debug, str::FromStr};

use jiff::Timestamp;
use ports::PortError;

pub(crate) fn corrupt(detail: impl Into<String>) -> PortError {
    PortError::corrupt("the catalog", detail)
}

/// An instant that was stored in microseconds.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, PortError> {
    Timestamp::from_microsecond(micros).map_err(|error| corrupt(error.to_string()))
}

/// A value that was stored by its name.
pub(crate) fn named<T>(name: &str) -> Result<T, PortError>
where
    T: FromStr<Err: Debug>,
{
    name.parse().map_err(|_| {
        corrupt(format!(
            "unknown name {name:?} for {}",
            std::any::type_name::<T>()
        ))
    })
}

/// A SHA-256, of a file or of a secret.
pub(crate) fn sha256(bytes: Vec<u8>) -> Result<[u8; 32], PortError> {
    bytes
        .try_into()
        .map_err(|_| corrupt("a SHA-256 that has not 32 bytes"))
}

/// A count or size, which the database keeps signed.
pub(crate) fn unsigned(value: i64) -> Result<u64, PortError> {
    value
        .try_into()
        .map_err(|_| corrupt(format!("the negative number {value}")))
}

/// The other way: no version, size or sequence comes near the limit.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A struct that is read from the columns of the same names, in a row of the database whose module it stands in.
macro_rules! row {
    (struct $name:ident { $($field:ident: $type:ty,)+ }) => {
        struct $name {
            $($field: $type,)+
        }

        impl<'r> sqlx::FromRow<'r, super::Row> for $name {
            fn from_row(row: &'r super::Row) -> Result<Self, sqlx::Error> {
                use sqlx::Row;
                Ok(Self { $($field: row.try_get(stringify!($field))?,)+ })
            }
        }
    };
}
pub(crate) use row;
