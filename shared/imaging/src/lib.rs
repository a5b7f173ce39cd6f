//! Bytes and options in, bytes out: probe, decode, orient, colour, resize, encode, analyse. Pure.
