//! Translated code.

use super::{rows, status, stops};

rows! {
    STATUS from status::STATUS.end();
    /// Instructions that ran translated.
    STATUS_TRANSLATED_LOW;
    STATUS_TRANSLATED_HIGH;
}

rows! {
    EVENT from stops::EVENT.end();
    /// The head of a translated block.
    EVENT_TRANSLATED;
}
