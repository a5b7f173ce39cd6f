//! The whole application in a test, pictures made by code, fakes, and a clock that moves when told.
