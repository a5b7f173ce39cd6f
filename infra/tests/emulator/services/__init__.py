"""One file a service. Each says at its top what moto lacks of it; all are loaded when the server starts."""
