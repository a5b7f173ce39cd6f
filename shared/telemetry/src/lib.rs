//! What services say of themselves: the step of a trace that is under way, and the instruments of metrics.
//!
//! Owns: trace contexts on their way in and out of this process, the names and units of all metrics. Refuses: where any of
//! it goes and how much of it (that is `runtime`). Where nothing was started, every call here does nothing.

mod context;
mod metrics;

pub use context::{
    TraceHeaders, answered, continue_from, current, failed, follow, inject, is_recording, named, of,
    proposed_trace_id, received,
};
pub use metrics::{
    CacheTier, JobOutcome, PoolUse, asked, depth, install, is_metered, job_done, job_waited, observe_pool,
    rendered, served,
};
