//! Colour and geometry held against results that are computed independently, through the public doors.

pub(crate) mod cmyk;
pub(crate) mod colours;
