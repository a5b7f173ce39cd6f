//! What a worker holds of a job: enough to bury it without asking SQS again, which could not answer.

use ports::PortError;

use super::WHAT;

/// A receipt: SQS's own handle, the number of the delivery, and the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt<'a> {
    pub(super) handle: &'a str,
    pub(super) attempt: u32,
    pub(super) body: &'a str,
}

impl<'a> Receipt<'a> {
    /// The receipt as text. A handle holds no space.
    pub(super) fn to_text(self) -> String {
        format!("{} {} {}", self.handle, self.attempt, self.body)
    }

    pub(super) fn read(text: &'a str) -> Result<Self, PortError> {
        let mut fields = text.splitn(3, ' ');
        let (handle, attempt, body) = (fields.next(), fields.next(), fields.next());
        match (handle, attempt.and_then(|count| count.parse().ok()), body) {
            (Some(handle), Some(attempt), Some(body)) => Ok(Self {
                handle,
                attempt,
                body,
            }),
            _ => Err(PortError::corrupt(WHAT, "a receipt of another queue")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_back() {
        let receipt = Receipt {
            handle: "AQEB+/x=",
            attempt: 3,
            body: r#"{"a": "b c"}"#,
        };
        assert_eq!(Receipt::read(&receipt.to_text()).unwrap(), receipt);
        assert!(Receipt::read("0123456789abcdef").is_err());
    }
}
