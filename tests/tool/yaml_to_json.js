// SPDX-License-Identifier: MIT
// yaml_to_json.js FILE : the YAML file as JSON.
'use strict';
const fs = require('fs');
const path = require('path');
const YAML = require(path.resolve('build/npm/node_modules/yaml'));

console.log(JSON.stringify(YAML.parse(fs.readFileSync(process.argv[2],
    'utf8'))));
