//! Errors as `application/problem+json` (RFC 9457), with the field that is wrong.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cage_store::StoreError;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The status in words.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong, and what would be right.
    pub(crate) detail: String,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}

/// The answers that every question may get.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) enum Refusals {
    /// A parameter is unknown or wrong; `field` names it.
    #[response(status = 400, content_type = "application/problem+json")]
    Wrong(Problem),
    /// There is no such thing.
    #[response(status = 404, content_type = "application/problem+json")]
    Absent(Problem),
    /// The answer would take too long, or cannot be given at all.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
}

impl Problem {
    fn new(status: StatusCode, field: Option<String>, detail: String) -> Self {
        Self {
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail,
            field,
        }
    }

    /// A parameter that is wrong.
    pub(crate) fn wrong(field: &str, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Some(field.to_owned()),
            detail.into(),
        )
    }

    /// A field of what was handed in is wrong.
    pub(crate) fn unprocessable(field: &str, detail: impl Into<String>) -> Self {
        let field = Some(field.to_owned());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, field, detail.into())
    }

    /// Something stands against it.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, None, detail.into())
    }

    /// There is no such thing.
    pub(crate) fn absent(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, None, detail.into())
    }

    /// It cannot be answered for a reason that the status says.
    pub(crate) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, None, detail.into())
    }

    /// Something of ours failed.
    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, detail.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooLong { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, None, error.to_string())
            }
            // Paths of files are nobody's business outside.
            _ => Self::failed("the views cannot be read; `ironcage doctor` says what to do"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let body = serde_json::to_string(&self).unwrap_or_default();
        (status, kind, body).into_response()
    }
}
