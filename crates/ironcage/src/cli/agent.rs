//! The HTTP client with which commands speak to a running service. What is said, and what an answer means, is each
//! command's own.

use std::time::Duration;

use ureq::Agent;

/// Within which a connection must stand.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A client to which every answer is an answer, whatever its status.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_WITHIN))
        .build()
        .new_agent()
}
