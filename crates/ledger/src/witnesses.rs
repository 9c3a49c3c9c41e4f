//! How the witnesses of a ledger are reached.
/// How a witness is reached: a request goes out, its answer comes back. Witnesses themselves, and HTTP, are
/// another crate's.
pub trait WitnessLink: Send + Sync + std::fmt::Debug {
    /// Sends the body of an `add-checkpoint` request (C2SP tlog-witness).
    ///
    /// # Errors
    ///
    /// Says why no answer came in time.
    fn add_checkpoint(&self, request: &str) -> Result<WitnessReply, String>;

    /// Asks for the last checkpoint of a log that the witness cosigned.
    ///
    /// # Errors
    ///
    /// Says why no answer came in time.
    fn last_checkpoint(&self, origin: &str) -> Result<WitnessReply, String>;
}

/// What a witness answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}
