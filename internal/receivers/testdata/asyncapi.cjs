// Reads an AsyncAPI document as catalogues and generators do, and prints what the parser
// complains of and what it found.
const fs = require("fs");
const { Parser } = require("@asyncapi/parser");

new Parser().parse(fs.readFileSync(process.argv[2], "utf8")).then(({ document, diagnostics }) => {
  const errors = diagnostics
    .filter((d) => d.severity < 2) // errors and warnings
    .map((d) => `${d.code} at ${d.path.join(".")}: ${d.message}`);
  const channels = {};
  for (const channel of document ? document.allChannels().all() : []) {
    channels[channel.address()] = channel.messages().all().map((m) => m.name()).sort();
  }
  console.log(JSON.stringify({ errors, version: document ? document.version() : "", channels }));
});
