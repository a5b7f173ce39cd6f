// Tests of the function before delivery, as CloudFront runs it: the files joined to one text, of which only `handler` is called.
// Run by `node --test infra/modules/edge/functions/`.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const vm = require('node:vm');

const repository = path.join(__dirname, '../../../..');
const read = (...names) => fs.readFileSync(path.join(...names), 'utf8');

// In the order of main.tf.
const code = ['accept.js', 'refuse.js', 'delivery.js'].map((file) => read(__dirname, file)).join('\n');
const context = vm.createContext({});
vm.runInContext(code, context);

const ID = '0198f1de-7b5c-7c3e-8f53-0b9b1f1c2d3e';

function header(lines) {
  if (lines.length === 0) return {};
  const accept = { value: lines[0] };
  if (lines.length > 1) accept.multiValue = lines.map((value) => ({ value }));
  return { accept };
}

function ask(uri, lines = ['image/avif,*/*']) {
  return context.handler({ request: { method: 'GET', uri, querystring: {}, headers: header(lines), cookies: {} } });
}

test('clients_fall_into_the_same_buckets_as_at_delivery', () => {
  const { cases } = JSON.parse(read(repository, 'tests/accept/table.json'));
  assert.ok(cases.length > 20);
  for (const { accept, bucket } of cases) {
    const found = ask(`/i/${ID}/w=100`, accept).headers.accept.value;
    assert.equal(found, { avif: 'image/avif', webp: 'image/webp', other: '*/*' }[bucket], JSON.stringify(accept));
  }
});

test('what_is_sent_on_falls_into_the_same_bucket_again', () => {
  for (const accept of ['image/avif', 'image/webp', '*/*']) {
    assert.equal(ask(`/i/${ID}/w=100`, [accept]).headers.accept.value, accept);
  }
});

const table = JSON.parse(read(__dirname, 'refusals.json'));

test('what_the_grammar_refuses_is_refused_with_a_problem_that_no_cache_keeps', () => {
  for (const options of table.refused) {
    const answer = ask(`/i/${ID}/${options}`);
    assert.equal(answer.statusCode, 400, options);
    assert.equal(answer.headers['cache-control'].value, 'no-store');
    assert.equal(answer.headers['access-control-allow-origin'].value, '*');
    const problem = JSON.parse(answer.body.data);
    assert.equal(problem.code, 'invalid-option');
    assert.equal(problem.status, 400);
  }
});

test('whatever_is_right_or_in_doubt_goes_on', () => {
  for (const options of table.let_on) {
    assert.equal(ask(`/i/${ID}/${options}`).statusCode, undefined, options);
    assert.equal(ask(`/i/${ID}/${options}/a-name.jpg`).statusCode, undefined, options);
  }
});

test('what_is_no_image_is_not_found', () => {
  for (const uri of ['/i/', '/i/x', '/i/x/w=100', `/i/${ID.toUpperCase()}/w=100`, `/i/${ID}`, `/i/${ID}/w=100/name/more`, `/i/${ID}0/w=100`]) {
    assert.equal(ask(uri).statusCode, 404, uri);
  }
});

test('a_request_that_goes_on_is_otherwise_unchanged', () => {
  const uri = `/i/${ID}/w=100,kid=k1,sig=abc/cat.jpg`;
  const answer = ask(uri);
  assert.equal(answer.uri, uri);
  assert.equal(answer.method, 'GET');
});

test('the_names_of_options_are_the_grammars', () => {
  const names = read(repository, 'shared/delivery-url/src/names.rs');
  const arms = (from, to) => [...names.slice(names.indexOf(from), names.indexOf(to)).matchAll(/Self::\w+ => "(\w+)"/g)].map((arm) => arm[1]);
  const rust = new Set([...arms('fn short(', 'fn long('), ...arms('fn long(', 'fn decides_the_picture(')]);
  assert.ok(rust.size > 35);
  assert.deepEqual([...Object.keys(context.OPTIONS)].sort(), [...rust].sort());
});

test('it_is_small_enough_for_cloudfront', () => {
  // 10 KB, by the quotas of CloudFront Functions.
  assert.ok(Buffer.byteLength(code) < 10_000, `${Buffer.byteLength(code)} bytes`);
});
