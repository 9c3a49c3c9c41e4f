//! Where the queue is: behind a service, or in a folder.

use std::path::Path;

use cage_web::{KeptRejects, RejectFilter};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use crate::cli::agent::agent;
use crate::cli::failure::Failure;

/// Rejects that are asked for at once.
const PAGE: u64 = 200;

/// The queue as it can be looked at.
pub(super) enum Queue {
    /// A running service.
    Of(Service),
    /// A data folder.
    In(KeptRejects),
}

/// Which are asked for.
pub(super) struct Filter<'f> {
    pub(super) source: Option<&'f str>,
    pub(super) state: Option<&'f str>,
    pub(super) after: u64,
}

/// Those that were asked for.
pub(super) struct Listed {
    pub(super) rejects: Vec<Value>,
    /// How many were refused, by source.
    pub(super) counts: Value,
    pub(super) has_more: bool,
}

impl Queue {
    pub(super) fn at(url: &str, data: Option<&Path>) -> Result<Self, Failure> {
        match data {
            Some(data) => KeptRejects::open(data)
                .map(Self::In)
                .map_err(Failure::unreadable),
            None => Ok(Self::Of(Service::new(url))),
        }
    }

    /// All that are asked for, page by page, at most so many.
    pub(super) fn list(&self, filter: &Filter<'_>, most: usize) -> Result<Listed, Failure> {
        let mut listed = Listed {
            rejects: Vec::new(),
            counts: Value::Null,
            has_more: false,
        };
        let mut after = filter.after;
        loop {
            let mut page = self.page(filter, after)?;
            listed.counts = page["counts"].take();
            let Value::Array(rejects) = page["rejects"].take() else {
                return Ok(listed);
            };
            let is_last = (rejects.len() as u64) < PAGE;
            listed.rejects.extend(rejects);
            if listed.rejects.len() > most {
                listed.rejects.truncate(most);
                listed.has_more = true;
                return Ok(listed);
            }
            match page["last"].as_u64() {
                Some(last) if !is_last => after = last,
                _ => return Ok(listed),
            }
        }
    }

    fn page(&self, filter: &Filter<'_>, after: u64) -> Result<Value, Failure> {
        match self {
            Self::Of(service) => {
                let (after, limit) = (after.to_string(), PAGE.to_string());
                let mut asked = vec![("after", after.as_str()), ("limit", &limit)];
                asked.extend(filter.source.map(|source| ("source", source)));
                asked.extend(filter.state.map(|state| ("state", state)));
                service.get("/v1/rejects", &asked)?.body_of_success()
            }
            Self::In(kept) => {
                let wanted = RejectFilter {
                    after,
                    limit: PAGE,
                    source: filter.source.map(str::to_owned),
                    state: filter.state.map(str::to_owned),
                };
                kept.list(&wanted).map_err(Failure::unreadable)
            }
        }
    }

    /// One with its text; `None` where there is none.
    pub(super) fn one(&self, number: u64) -> Result<Option<Value>, Failure> {
        match self {
            Self::Of(service) => {
                let answered = service.get(&format!("/v1/rejects/{number}"), &[])?;
                if answered.status == 404 {
                    return Ok(None);
                }
                answered.body_of_success().map(Some)
            }
            Self::In(kept) => kept.one(number).map_err(Failure::unreadable),
        }
    }
}

/// A running service.
pub(super) struct Service {
    agent: Agent,
    base: String,
}

/// What a service answered.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
    base: String,
}

impl Answered {
    /// Whether what was asked for was done.
    pub(super) fn is_settled(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn body_of_success(self) -> Result<Value, Failure> {
        if self.is_settled() {
            return Ok(self.body);
        }
        let detail = self.body["detail"].as_str().unwrap_or_default();
        Err(Failure::unreadable(format!(
            "{}: {}: {detail}",
            self.base, self.status
        )))
    }
}

impl Service {
    pub(super) fn new(url: &str) -> Self {
        Self {
            agent: agent(),
            base: url.trim_end_matches('/').to_owned(),
        }
    }

    fn get(&self, path: &str, asked: &[(&str, &str)]) -> Result<Answered, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in asked {
            request = request.query(*name, *value);
        }
        self.answered(request.call())
    }

    /// Hands in what was refused as it was, or as `text` has it.
    pub(super) fn replay(
        &self,
        number: u64,
        by: Option<&str>,
        text: &str,
    ) -> Result<Answered, Failure> {
        let url = format!("{}/v1/rejects/{number}/replay", self.base);
        let mut request = self.agent.post(url).content_type("application/json");
        if let Some(by) = by {
            request = request.query("by", by);
        }
        self.answered(request.send(text))
    }

    /// Sets one aside.
    pub(super) fn dismiss(
        &self,
        number: u64,
        reason: &str,
        by: Option<&str>,
    ) -> Result<Answered, Failure> {
        let url = format!("{}/v1/rejects/{number}/dismiss", self.base);
        let request = self.agent.post(url).content_type("application/json");
        let body = json!({ "reason": reason, "by": by });
        self.answered(request.send(body.to_string()))
    }

    fn answered(
        &self,
        answered: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answered, Failure> {
        let failed = |error: String| Failure::unreadable(format!("{}: {error}", self.base));
        let mut response = answered.map_err(|error| failed(error.to_string()))?;
        let text = response.body_mut().read_to_string();
        let text = text.map_err(|error| failed(error.to_string()))?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)
                .map_err(|error| failed(format!("no answer of an ironcage: {error}")))?
        };
        Ok(Answered {
            status: response.status().as_u16(),
            body,
            base: self.base.clone(),
        })
    }
}
