//! What the services need from the outside world, as traits, and the test suite each adapter must pass.
