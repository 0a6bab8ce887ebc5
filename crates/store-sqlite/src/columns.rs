//! The model's values as columns.

use model::{Reason, Severity, StateName, Timestamp, id};
use ports::store::Space;
use rusqlite::{
    Result, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef},
};

/// An id: its 16 bytes, in the order of the ids.
pub(crate) struct Key<K>(pub(crate) id::Id<K>);

impl<K: id::Kind> From<Key<K>> for Value {
    fn from(key: Key<K>) -> Self {
        Self::Blob(key.0.bits().to_be_bytes().to_vec())
    }
}

impl<K: id::Kind> ToSql for Key<K> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(Value::Blob(self.0.bits().to_be_bytes().to_vec())))
    }
}

impl<K: id::Kind> FromSql for Key<K> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 16]>::column_result(value)?;
        Ok(Self(id::Id::from_digest(u128::from_be_bytes(bytes))))
    }
}

/// An instant: microseconds since 1970.
pub(crate) struct At(pub(crate) Timestamp);

impl From<At> for Value {
    fn from(at: At) -> Self {
        Self::Integer(at.0.as_microsecond())
    }
}

impl ToSql for At {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        let at = Timestamp::from_microsecond(micros);
        at.map(Self).map_err(|_| FromSqlError::OutOfRange(micros))
    }
}

/// A count: a version, a fence, a position. None reaches the 63 bits that SQLite has for it.
pub(crate) struct Count(pub(crate) u64);

impl ToSql for Count {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// One of a fixed set of words.
pub(crate) struct Word<T>(pub(crate) T);

/// A set of words that a column may hold.
pub(crate) trait Vocabulary: Sized {
    fn word(&self) -> &'static str;
    fn named(word: &str) -> Option<Self>;
}

impl Vocabulary for StateName {
    fn word(&self) -> &'static str {
        self.name()
    }
    fn named(word: &str) -> Option<Self> {
        Self::named(word)
    }
}

impl Vocabulary for Reason {
    fn word(&self) -> &'static str {
        self.name()
    }
    fn named(word: &str) -> Option<Self> {
        Self::named(word)
    }
}

impl Vocabulary for Severity {
    fn word(&self) -> &'static str {
        self.name()
    }
    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == word)
    }
}

impl<T: Vocabulary> From<Word<T>> for Value {
    fn from(word: Word<T>) -> Self {
        Self::Text(word.0.word().to_owned())
    }
}

impl<T: Vocabulary> ToSql for Word<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.word().into())
    }
}

impl<T: Vocabulary> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::named(value.as_str()?).map(Self).ok_or(FromSqlError::InvalidType)
    }
}

/// The space of a record; never read back, because every query names it.
pub(crate) struct In(pub(crate) Space);

impl ToSql for In {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.name().into())
    }
}
