//! Reaching a witness over HTTP: small requests, small answers, a few seconds at most.

use std::sync::Arc;
use std::time::Duration;

use cage_ledger::{WitnessLink, WitnessReply};
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::state::name_of;

/// Within which a witness must have answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Within which a connection must stand.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Why a text does not say where a witness is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{url:?} is no address of a witness; one looks like `https://witness.example/prefix`")]
pub struct LinkError {
    url: String,
}

/// A witness at a URL (its submission prefix). Connections are kept and used again.
#[derive(Clone, Debug)]
pub struct HttpLink {
    agent: Agent,
    prefix: String,
}

impl HttpLink {
    /// A link to the witness at this prefix. Nothing is sent yet. Certificates are checked against the
    /// system's authorities.
    ///
    /// # Errors
    ///
    /// When the text is no URL of HTTP or HTTPS.
    pub fn new(url: &str) -> Result<Self, LinkError> {
        let wrong = || LinkError {
            url: url.to_owned(),
        };
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let known = matches!(parsed.scheme_str(), Some("http" | "https"));
        if !known || parsed.host().is_none_or(str::is_empty) || parsed.query().is_some() {
            return Err(wrong());
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_WITHIN))
            .timeout_connect(Some(CONNECT_WITHIN));
        let config = match parsed.scheme_str() {
            Some("https") => config.tls_config(tls()),
            _ => config,
        };
        Ok(Self {
            agent: config.build().new_agent(),
            prefix: url.trim_end_matches('/').to_owned(),
        })
    }
}

/// TLS by rustls with ring, trusting whom the system trusts: an agency's own authority is installed there.
fn tls() -> TlsConfig {
    let trusted = rustls_native_certs::load_native_certs().certs;
    let trusted = trusted
        .iter()
        .map(|one| Certificate::from_der(one).to_owned());
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&trusted.collect::<Vec<_>>()))
        .build()
}

impl WitnessLink for HttpLink {
    fn add_checkpoint(&self, request: &str) -> Result<WitnessReply, String> {
        let asked = self.agent.post(format!("{}/add-checkpoint", self.prefix));
        reply(asked.send(request))
    }

    fn last_checkpoint(&self, origin: &str) -> Result<WitnessReply, String> {
        let path = format!("{}/{}/checkpoint", self.prefix, name_of(origin));
        reply(self.agent.get(path).call())
    }
}

fn reply(
    answered: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<WitnessReply, String> {
    let mut response = answered.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
    let body = body.read_to_vec().map_err(|error| error.to_string())?;
    Ok(WitnessReply { status, body })
}
