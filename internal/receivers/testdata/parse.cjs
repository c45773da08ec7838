// Parses changes with types that quicktype made, compiled, and prints what it got.
//
// usage: parse.cjs COMPILED FILE
const { readFileSync } = require("node:fs");

const [, , compiled, file] = process.argv;
const { said } = require(compiled);
const lines = readFileSync(file, "utf8").trimEnd().split("\n");
process.stdout.write(JSON.stringify(lines.map((line) => said(line))));
