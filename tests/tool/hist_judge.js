// SPDX-License-Identifier: MIT
// hist_judge.js encode|decode|log-write|log-read : what tests/tool/hist_tool.c
// does, by hdr-histogram-js.
'use strict';
const fs = require('fs');
const path = require('path');
const hdr = require(path.resolve('build/npm/node_modules/hdr-histogram-js'));

const command = process.argv[2];
const text = fs.readFileSync(0, 'utf8');
const lines = text.split('\n').filter((line) => line !== '');
const say = (...words) => console.log(words.join(' '));

function tell(h) {
    say('total', h.totalCount);
    for (const q of [0.5, 0.75, 0.9, 0.99, 0.999, 1])
        say('quantile', q, h.getValueAtPercentile(q * 100));
    // its own iterator is not public: walk the array of counts
    for (let i = 0; i < h.countsArrayLength; i++) {
        const from = h.valueFromIndex(i);
        if (h.getCountAtIndex(i) > 0)
            say('count', h.lowestEquivalentValue(from),
                h.highestEquivalentValue(from), h.getCountAtIndex(i));
    }
}

const commands = {
    // "LOW HIGH DIGITS SHIFT" begins a histogram; 0 0: it sizes itself.
    encode() {
        const all = [];
        for (const line of lines) {
            const [low, high, digits] = line.split(' ').map(Number);
            if (digits === undefined) {
                all[all.length - 1].recordValueWithCount(low, high);
                continue;
            }
            const range = { numberOfSignificantValueDigits: digits };
            if (low > 0) {
                range.lowestDiscernibleValue = low;
                range.highestTrackableValue = high;
            }
            all.push(hdr.build(range));
        }
        for (const h of all)
            say(hdr.encodeIntoCompressedBase64(h));
    },
    decode() {
        for (const line of lines)
            tell(hdr.decodeFromCompressedBase64(line));
    },
    'log-write'() {
        let out = '';
        const log = new hdr.HistogramLogWriter((s) => { out += s; });
        for (const line of lines) {
            const [start, length, d, tag, ...values] = line.split(' ');
            const startMs = start / 1e6;
            if (out === '') {
                log.outputLogFormatVersion();
                log.outputStartTime(startMs);
                log.outputLegend();
            }
            const h = hdr.build({ numberOfSignificantValueDigits: +d });
            values.forEach((v) => h.recordValue(+v));
            if (tag !== '-')
                h.tag = tag;
            h.startTimeStampMsec = startMs;
            h.endTimeStampMsec = startMs + length / 1e6;
            log.outputIntervalHistogram(h);
        }
        process.stdout.write(out);
    },
    'log-read'() {
        const log = new hdr.HistogramLogReader(text);
        let isFirst = true;
        for (let h; (h = log.nextIntervalHistogram()) !== null;) {
            if (isFirst)
                say('log', Math.round(log.startTimeSec * 1000) + '000000');
            isFirst = false;
            const ms = Math.round(h.startTimeStampMsec);
            say('interval', ms + '000000',
                Math.round(h.endTimeStampMsec - ms) + '000000',
                h.tag === 'NO TAG' ? '-' : h.tag);
            tell(h);
        }
    },
};
commands[command]();
