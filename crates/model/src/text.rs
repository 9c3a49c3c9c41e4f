//! A text in the two languages of the product.

use serde::{Deserialize, Serialize};

/// A text for people, in Chinese and English. Either may be empty when a pack gives only one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese (zh-CN), the default language.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The Chinese text, or the English one where there is no Chinese.
    #[must_use]
    pub fn chinese(&self) -> &str {
        if self.zh.is_empty() {
            &self.en
        } else {
            &self.zh
        }
    }

    /// The English text, or the Chinese one where there is no English.
    #[must_use]
    pub fn english(&self) -> &str {
        if self.en.is_empty() {
            &self.zh
        } else {
            &self.en
        }
    }

    /// Whether both languages are empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}
