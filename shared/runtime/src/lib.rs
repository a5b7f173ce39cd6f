//! Configuration, telemetry, health, shutdown, serve: what every role of the executable stands on.
