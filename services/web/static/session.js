// The session ended while the page was open.

/** Goes to sign in, and comes back here. */
export function signInAgain() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}
