use domain::Job;
use jiff::Timestamp;

use super::*;

fn refused(id: &str, sender_fault: bool) -> BatchResultErrorEntry {
    BatchResultErrorEntry::builder()
        .id(id)
        .code("InternalError")
        .sender_fault(sender_fault)
        .build()
        .unwrap()
}

#[test]
fn what_sqs_failed_to_store_is_sent_again_and_what_it_refused_is_not() {
    assert_eq!(
        still_to_send(&[refused("3", false), refused("7", false)]).unwrap(),
        [3, 7]
    );
    assert!(still_to_send(&[refused("3", false), refused("7", true)]).is_err());
}

#[test]
fn a_job_bears_the_trace_of_the_request_that_asked_for_it() {
    let id = JobId::new(Timestamp::UNIX_EPOCH, [1; 10]);
    let sent = |traceparent: Option<&str>| {
        let envelope = Job::PublishPresets.into_envelope(id, traceparent.map(str::to_owned));
        entry(3, "{}", &envelope).unwrap()
    };
    let traced = sent(Some("00-58406520a006649127e371903a2de979-4c721bf33e3caf8f-01"));
    let attributes = traced.message_system_attributes().unwrap();
    assert_eq!(
        attributes[&MessageSystemAttributeNameForSends::AwsTraceHeader].string_value(),
        Some("Root=1-58406520-a006649127e371903a2de979;Parent=4c721bf33e3caf8f;Sampled=1")
    );
    for untraced in [None, Some("rubbish")] {
        assert!(sent(untraced).message_system_attributes().is_none());
    }
}

#[test]
fn an_envelope_that_sqs_would_not_take_is_refused_before_it_is_sent() {
    let id = JobId::new(Timestamp::UNIX_EPOCH, [1; 10]);
    let mut envelope = Job::PublishPresets.into_envelope(id, None);
    assert!(body_of(&envelope).is_ok());
    envelope.body = serde_json::json!({ "note": "x".repeat(BATCH_BYTES) });
    let error = body_of(&envelope).unwrap_err().to_string();
    assert!(
        error.contains("presets.publish") && error.contains("262144"),
        "{error}"
    );
}

#[test]
fn a_lease_is_never_shorter_than_it_was_asked_for() {
    let seconds = |ms| whole_seconds(Duration::from_millis(ms));
    assert_eq!(
        (seconds(0), seconds(1), seconds(2_000), seconds(2_001)),
        (0, 1, 2, 3)
    );
    assert_eq!(whole_seconds(Duration::MAX), 43_200);
}
