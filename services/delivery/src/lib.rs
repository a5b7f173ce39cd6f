//! URL to options to stored or rendered bytes. Reads only the blob store.
