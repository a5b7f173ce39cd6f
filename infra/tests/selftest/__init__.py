"""The tests of these tests: a check that cannot fail is worth nothing."""
