// SPDX-License-Identifier: MIT
// validate.js SCHEMA FILE... : says for each YAML or JSON file whether it holds
// by a JSON Schema 2020-12, one line each: "valid FILE" or "invalid FILE WHY".
'use strict';
const fs = require('fs');
const path = require('path');
const npm = (name) => require(path.resolve('build/npm/node_modules', name));
const Ajv = npm('ajv/dist/2020');
const YAML = npm('yaml');

const read = (file) => YAML.parse(fs.readFileSync(file, 'utf8'),
    { uniqueKeys: false, maxAliasCount: -1 });
const [schemaFile, ...files] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const validate = new Ajv({ strict: true, strictTypes: false,
    allowUnionTypes: true, validateFormats: false,
    strictRequired: false }).compile(schema);
for (const file of files) {
    const ok = validate(read(file));
    const first = ok ? '' : ' ' + validate.errors[0].instancePath + ' ' +
        validate.errors[0].message;
    console.log((ok ? 'valid ' : 'invalid ') + file + first);
}
