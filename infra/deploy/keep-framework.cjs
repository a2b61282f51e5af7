// Leaves one dependency in `package.json`, so that `npm prune` takes away the others. For the image alone.
const { readFileSync, writeFileSync } = require('node:fs');

const KEPT = '@google-cloud/functions-framework';

const { name, version, private: isPrivate, type, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const kept = { name, version, private: isPrivate, type, dependencies: { [KEPT]: dependencies[KEPT] } };
writeFileSync('package.json', `${JSON.stringify(kept, null, 2)}\n`);
