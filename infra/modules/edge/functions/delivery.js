// What happens to a request for a picture before the cache is asked. Runs as one CloudFront function with accept.js and refuse.js
// before it: a behaviour takes one function of a kind.

function handler(event) {
  var request = event.request;
  var refusal = refusalOf(request.uri);
  if (refusal !== null) return problem(refusal);
  var bucket = bucketOf(linesOf(request.headers.accept));
  request.headers.accept = { value: ACCEPT_OF[bucket] };
  return request;
}

// A problem document, as delivery's own (RFC 9457), and open to pages of any site as those are.
function problem(refusal) {
  var name = refusal.status === 404 ? 'image-not-found' : 'invalid-option';
  return {
    statusCode: refusal.status,
    statusDescription: refusal.status === 404 ? 'Not Found' : 'Bad Request',
    headers: {
      'access-control-allow-origin': { value: '*' },
      'cache-control': { value: 'no-store' },
      'content-security-policy': { value: "default-src 'none'; sandbox" },
      'content-type': { value: 'application/problem+json' },
      'x-content-type-options': { value: 'nosniff' },
    },
    body: { encoding: 'text', data: JSON.stringify({ code: name, status: refusal.status, detail: refusal.detail }) },
  };
}
