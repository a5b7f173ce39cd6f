//! Pages and static files. Knows only the api's client.
