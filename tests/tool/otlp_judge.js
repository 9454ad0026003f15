// SPDX-License-Identifier: MIT
// otlp_judge.js : reads OTLP/JSON metrics on standard input by the schema of
// OpenTelemetry itself, as its own packages carry it: every key is known, every
// value of its type, and nothing changes on the way through protobuf.  Says each
// data point on a line: NAME KIND VALUE {LABELS}.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const root = require(path.resolve('build/npm/node_modules/@opentelemetry/' +
    'otlp-transformer/build/src/generated/root.js'));

const type = root.opentelemetry.proto.collector.metrics.v1
    .ExportMetricsServiceRequest;
const text = fs.readFileSync(0, 'utf8');
assert.strictEqual(text.indexOf('\n'), text.length - 1, 'one line');
const request = JSON.parse(text);
const message = type.fromObject(request);
const problem = type.verify(message);
assert.strictEqual(problem, null);
const back = type.toObject(type.decode(type.encode(message).finish()),
    { longs: String, json: true });
// What is a default is not on the wire, and is no difference; nor are an empty
// list or text.
const isDefault = (v) => v === 0 || v === '0' || v === '' || v === false ||
    (Array.isArray(v) && v.length === 0);

function same(want, got, at) {
    if (Array.isArray(want)) {
        assert.strictEqual((got || []).length, want.length, at);
        want.forEach((v, i) => same(v, got[i], `${at}[${i}]`));
    } else if (want !== null && typeof want === 'object') {
        for (const key of Object.keys(want)) {
            const next = `${at}.${key}`;
            if (got[key] === undefined)
                assert.ok(isDefault(want[key]), `${next} is not known`);
            else
                same(want[key], got[key], next);
        }
    } else {
        assert.strictEqual(got, want, at);
    }
}
same(request, back, '$');

const labels = (list) => '{' + list.map((a) =>
    `${a.key}=${JSON.stringify(a.value.stringValue)}`).join(',') + '}';

for (const r of request.resourceMetrics)
    for (const s of r.scopeMetrics)
        for (const m of s.metrics)
            for (const kind of ['gauge', 'sum', 'exponentialHistogram']) {
                if (!m[kind])
                    continue;
                for (const p of m[kind].dataPoints) {
                    const value = p.asInt ?? p.asDouble ?? p.count;
                    assert.ok(BigInt(p.startTimeUnixNano) <=
                        BigInt(p.timeUnixNano));
                    console.log(m.name, kind, value, labels(p.attributes));
                }
            }
