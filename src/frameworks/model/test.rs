//! Conditions as they are written.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{Name, Node};

/// The id of a criterion, or a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Holds when that criterion is met.
    Criterion(String),
    /// Holds when the test is passed.
    Test(Box<Test>),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Condition;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the id of a criterion or a test in braces")
            }

            fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Self::Value, E> {
                Ok(Condition::Criterion(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Test::deserialize(MapAccessDeserializer::new(map)).map(|test| Condition::Test(Box::new(test)))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

/// A test: either of one indicator, or a combination; exactly one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// The indicator that is tested.
    pub indicator: Option<Name>,
    /// Equals this value.
    pub is: Option<Spanned<Literal>>,
    /// Equals one of these values.
    pub one_of: Option<Vec<Spanned<Literal>>>,
    /// Greater than a threshold or a comparator.
    pub above: Option<Name>,
    /// Greater than or equal.
    pub at_least: Option<Name>,
    /// Less than.
    pub below: Option<Name>,
    /// Less than or equal.
    pub at_most: Option<Name>,
    /// Threshold added to the bound.
    pub plus: Option<Name>,
    /// Threshold taken from the bound.
    pub minus: Option<Name>,
    /// Threshold that counts years: the test must hold in this year and each of the years before.
    pub every_year: Option<Name>,
    /// All must hold.
    pub all: Option<Vec<Node>>,
    /// One must hold.
    pub any: Option<Vec<Node>>,
    /// Must not hold.
    pub not: Option<Node>,
    /// Threshold that counts parts: at least so many of `of` must hold.
    pub at_least_k: Option<Name>,
    /// Threshold in per cent: more than that share of `of` must hold.
    pub more_than_share: Option<Name>,
    /// The parts of `at_least_k` or `more_than_share`.
    pub of: Option<Vec<Node>>,
    /// Ways to hold the same fact: the first that is known counts.
    pub first_known: Option<Vec<Node>>,
}

/// A value of a flag or choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A word.
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Text(value) => value.fmt(formatter),
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LiteralVisitor;

        impl Visitor<'_> for LiteralVisitor {
            type Value = Literal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a word, a whole number, true or false")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Literal::Flag(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Literal::Integer(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Literal::Text(value.to_owned()))
            }
        }

        deserializer.deserialize_any(LiteralVisitor)
    }
}
