//! The trace of a job, as SQS and X-Ray write it:
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.

/// `Root=1-58406520-a006649127e371903a2de979;Parent=4c721bf33e3caf8f;Sampled=1` for a `traceparent` of W3C Trace Context;
/// none where the text is not one.
pub(super) fn from_traceparent(traceparent: &str) -> Option<String> {
    let mut fields = traceparent.split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    // A later version may have more fields, this one has none.
    if version == "ff" || (version == "00" && fields.next().is_some()) {
        return None;
    }
    for (text, length) in [(version, 2), (trace, 32), (parent, 16), (flags, 2)] {
        let is_hex = text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() != length || !is_hex {
            return None;
        }
    }
    if trace.bytes().all(|b| b == b'0') || parent.bytes().all(|b| b == b'0') {
        return None;
    }
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
    let (at, unique) = trace.split_at(8);
    Some(format!("Root=1-{at}-{unique};Parent={parent};Sampled={sampled}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_becomes_a_trace_header() {
        assert_eq!(
            from_traceparent("00-58406520a006649127e371903a2de979-4c721bf33e3caf8f-01").as_deref(),
            Some("Root=1-58406520-a006649127e371903a2de979;Parent=4c721bf33e3caf8f;Sampled=1")
        );
        assert_eq!(
            from_traceparent("00-58406520a006649127e371903a2de979-4c721bf33e3caf8f-00").as_deref(),
            Some("Root=1-58406520-a006649127e371903a2de979;Parent=4c721bf33e3caf8f;Sampled=0")
        );
    }

    #[test]
    fn what_is_no_traceparent_becomes_nothing() {
        for wrong in [
            "",
            "00-58406520a006649127e371903a2de979-4c721bf33e3caf8f",
            "00-58406520A006649127E371903A2DE979-4c721bf33e3caf8f-01",
            "00-00000000000000000000000000000000-4c721bf33e3caf8f-01",
            "00-58406520a006649127e371903a2de979-0000000000000000-01",
            "ff-58406520a006649127e371903a2de979-4c721bf33e3caf8f-01",
            "00-58406520a006649127e371903a2de979-4c721bf33e3caf8f-01-x",
            "00-5840652-4c721bf33e3caf8f-01",
        ] {
            assert_eq!(from_traceparent(wrong), None, "{wrong:?}");
        }
    }
}
