//! Which trace something belongs to, and which step of it asked for it: as text in the two forms that travel.
//!
//! Owns the two forms and the way between them. Refuses: deciding what is traced.

use std::fmt;

/// A step of a trace, as the next step is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

impl TraceContext {
    /// The step `span_id` of the trace `trace_id`; none where one of them is zero, which both forms forbid.
    pub const fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        if trace_id == 0 || span_id == 0 {
            return None;
        }
        Some(Self {
            trace_id,
            span_id,
            sampled,
        })
    }

    /// Reads `00-{trace}-{span}-{flags}` (W3C Trace Context, section 3.2). Later versions may have more behind it.
    pub fn from_traceparent(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = u8::try_from(hex(version, 2)?).ok()?;
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        Self::new(
            hex(trace, 32)?,
            u64::try_from(hex(span, 16)?).ok()?,
            hex(flags, 2)? & 1 == 1,
        )
    }

    /// Reads `Root=1-{time}-{random};Parent={span};Sampled={0|1}`, the form of `X-Amzn-Trace-Id` and of the queue's
    /// `AWSTraceHeader` (AWS X-Ray developer guide, "Tracing header"); its parts come in any order, and others may stand
    /// between them. None where there is no parent, as in what a balancer adds by itself: there is no step to go on from.
    pub fn from_xray_header(text: &str) -> Option<Self> {
        let (mut root, mut parent, mut sampled) = (None, None, false);
        for part in text.split(';') {
            let (name, value) = part.trim().split_once('=')?;
            match name {
                "Root" => root = xray_trace_id(value),
                "Parent" => parent = hex(value, 16),
                "Sampled" => sampled = value == "1",
                _ => {}
            }
        }
        Self::new(root?, u64::try_from(parent?).ok()?, sampled)
    }

    /// The trace that the X-Ray form names, where it names no parent to go on from.
    pub fn xray_root(text: &str) -> Option<u128> {
        let mut parts = text.split(';').filter_map(|part| part.trim().split_once('='));
        let (_, root) = parts.find(|(name, _)| *name == "Root")?;
        xray_trace_id(root).filter(|id| *id != 0)
    }

    /// The trace, the same for all its steps.
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The step.
    pub const fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Whether whoever began the trace wants it recorded.
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// The form of the header `traceparent`.
    pub fn traceparent(&self) -> String {
        let Self {
            trace_id, span_id, ..
        } = self;
        format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(self.sampled))
    }

    /// The form of the header `X-Amzn-Trace-Id` and of the queue's `AWSTraceHeader`. X-Ray shows the trace only where the
    /// first eight digits of its id are a time: those that this system begins are made so.
    pub fn xray_header(&self) -> String {
        let (time, random) = (self.trace_id >> 96, self.trace_id & ((1 << 96) - 1));
        let (span_id, sampled) = (self.span_id, u8::from(self.sampled));
        format!("Root=1-{time:08x}-{random:024x};Parent={span_id:016x};Sampled={sampled}")
    }
}

/// As `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent())
    }
}

fn xray_trace_id(text: &str) -> Option<u128> {
    let (time, random) = text.strip_prefix("1-")?.split_once('-')?;
    Some((hex(time, 8)? << 96) | hex(random, 24)?)
}

/// Exactly so many lower-case hexadecimal digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let sound = text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    sound.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const W3C: &str = "00-6870f0d1a1b2c3d4e5f60718293a4b5c-53995c3f42cd8ad8-01";
    const XRAY: &str = "Root=1-6870f0d1-a1b2c3d4e5f60718293a4b5c;Parent=53995c3f42cd8ad8;Sampled=1";

    #[test]
    fn the_two_forms_name_the_same_step() {
        let context = TraceContext::from_traceparent(W3C).unwrap();
        assert_eq!(TraceContext::from_xray_header(XRAY), Some(context));
        assert_eq!(context.traceparent(), W3C);
        assert_eq!(context.xray_header(), XRAY);
        assert!(context.is_sampled());
    }

    #[test]
    fn parts_of_the_xray_form_come_in_any_order_and_with_others() {
        let shuffled = "Self=1-67891234-12456789abcdef012345678a; Sampled=0;Parent=53995c3f42cd8ad8;Root=1-6870f0d1-a1b2c3d4e5f60718293a4b5c";
        let context = TraceContext::from_xray_header(shuffled).unwrap();
        assert_eq!(context.span_id(), 0x5399_5c3f_42cd_8ad8);
        assert!(!context.is_sampled());
    }

    #[test]
    fn a_later_version_may_say_more_and_this_one_may_not() {
        assert!(TraceContext::from_traceparent(&format!("01{}-what-comes", &W3C[2..])).is_some());
        assert!(TraceContext::from_traceparent(&format!("{W3C}-what-comes")).is_none());
    }

    #[test]
    fn what_is_neither_form_is_no_context() {
        let zero_trace = W3C.replace("6870f0d1a1b2c3d4e5f60718293a4b5c", &"0".repeat(32));
        let zero_span = W3C.replace("53995c3f42cd8ad8", &"0".repeat(16));
        let version_ff = W3C.replacen("00", "ff", 1);
        let capitals = W3C.to_uppercase();
        for wrong in [
            "",
            "00",
            "é-é-é-é",
            &zero_trace,
            &zero_span,
            &version_ff,
            &capitals,
        ] {
            assert_eq!(TraceContext::from_traceparent(wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "Root=1-6870f0d1-a1b2c3d4e5f60718293a4b5c",
            "Root=2-0-0;Parent=1",
            "Root",
        ] {
            assert_eq!(TraceContext::from_xray_header(wrong), None, "{wrong}");
        }
    }
}
